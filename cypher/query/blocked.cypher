// Purpose: find the items that must not be shown to users: those that they blocked, and those of entities that they
//   blocked.
// In Neo4j Browser: :param {users: ['196'], types: ['BLOCKED'], knowledge: null}
// Parameters:
//   users: ids of the users
//   types: relationships from a user that block
//   knowledge: types that tie an item to an entity; null: all
// Columns:
//   user: id of the user
//   item: id of an item that is blocked
MATCH (u:User)
WHERE u.userId IN $users
CALL (u) { // or by a path
  MATCH (u)-[b:BLOCKED]->(n)
  WHERE type(b) IN $types
  RETURN n
}
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
RETURN DISTINCT u.userId AS user, i.itemId AS item
