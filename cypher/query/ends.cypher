// Purpose: find users by their ids (load it with another role for items); one row per id, in the order given.
// In Neo4j Browser: :param {users: [['196', 196]]}
// Parameters:
//   users: one list per user: the forms in which the id may be stored, most likely first
// Columns:
//   node: the element id; null: there is no such user
//   user: the id as it is stored
UNWIND range(0, size($users) - 1) AS place
CALL (place) {
  OPTIONAL MATCH (u:User)
  WHERE u.userId IN $users[place]
  RETURN u
  ORDER BY u.userId <> $users[place][0]
  LIMIT 1
}
RETURN elementId(u) AS node, u.userId AS user
ORDER BY place
