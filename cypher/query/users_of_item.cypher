// Purpose: list users of an item with what they did, for the page of the service.
// In Neo4j Browser: :param {item: '50', behaviours: ['RATED'], limit: 20}
// Parameters:
//   item: the stored id
//   behaviours: behaviour types
//   limit: number of behaviours
// Columns:
//   user: the id
//   type: of the behaviour
MATCH (i:Item {itemId: $item})
CALL (i) { // or by a path
  MATCH (u:User)-[b]-(i)
  WHERE type(b) IN $behaviours AND u.userId IS NOT NULL
  RETURN u, type(b) AS kind
  LIMIT toInteger($limit)
}
RETURN DISTINCT u.userId AS user, kind AS type
ORDER BY type, user
LIMIT toInteger($limit)
