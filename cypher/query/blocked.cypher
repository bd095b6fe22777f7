// Purpose: the items that a user is not to be shown: those that the user blocked, and those of entities that the user did.
// In Neo4j Browser: :param {user: '196', types: ['RATED'], knowledge: null}
// Parameters:
//   user: id of the user
//   types: relationships from the user that block
//   knowledge: types that tie an item to an entity; null: all
// Columns:
//   item: id of a blocked item
MATCH (:User {userId: $user})-[b:$any($types)]->(n)
CALL (n) {
  WITH n
  WHERE n:Item
  RETURN n AS i
UNION
  WITH n
  WHERE NOT n:Item AND NOT n:User
  MATCH (n)-[r]-(i:Item)
  WHERE $knowledge IS NULL OR type(r) IN $knowledge
  RETURN i
}
RETURN DISTINCT i.itemId AS item
