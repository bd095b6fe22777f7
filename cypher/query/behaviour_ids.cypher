// Purpose: read the element ids of a user, of some items, and of the direct relationships between them.
// In Neo4j Browser: :param {user: '196', items: ['50'], types: ['RATED']}
// Parameters:
//   user: id of the user
//   items: ids of the items
//   types: types of the relationships; null: all but graphrec's own
// Columns:
//   item: the id
//   nodes: element ids of user and item
//   edges: those of the relationships
MATCH (u:User {userId: $user})
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN
  i.itemId AS item,
  [elementId(u), elementId(i)] AS nodes,
  COLLECT {
    MATCH (u)-[b]-(i)
    WHERE
      NOT type(b) IN ['RECOMMENDED', 'SIMILAR', 'SHOWN', 'GRAPHREC_COPY']
      AND ($types IS NULL OR type(b) IN $types)
    RETURN elementId(b)
    LIMIT 10
  } AS edges
