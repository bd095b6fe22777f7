// Purpose: read the relationships of a user, with the nodes that no other user is connected to.
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   kind: type of the relationship
//   outgoing: whether it leads away from the user
//   properties: all of them
//   labels: of the other node
//   user: id of the other node, if it is a user
//   item: id and title of the other node, if it is an item
//   node: all properties of the other node, if it belongs to this user alone
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[r]-(n)
RETURN
  type(r) AS kind,
  startNode(r) = u AS outgoing,
  properties(r) AS properties,
  labels(n) AS labels,
  COLLECT {
    MATCH (v:User)
    WHERE v = n
    RETURN v.userId
  }[0] AS user,
  COLLECT {
    MATCH (i:Item)
    WHERE i = n
    RETURN [i.itemId, i.title]
  }[0] AS item,
  CASE
    WHEN
      NOT n:User
      AND NOT n:Item
      AND NOT EXISTS {
        MATCH (n)--(other:User)
        WHERE coalesce(NOT other.userId IN $users, true)
      }
      THEN properties(n)
  END AS node
ORDER BY kind
