// Purpose: read the circumstances of a user's behaviours, for a list in a situation.
// In Neo4j Browser: :param {user: '196', contexts: {BEHAVIOUR: []}}
// Parameters:
//   user: id of the user
//   contexts: type of behaviour → names of the properties
// Columns:
//   kind: type of the behaviour
//   item: id
//   context: the values of the properties, in their order
MATCH (u:User {userId: $user})
CALL (u) { // or by a path
  MATCH (u)-[r:BEHAVIOUR]-(i:Item)
  RETURN i, type(r) AS kind, [name IN $contexts[type(r)] | r[name]] AS context
}
WITH i.itemId AS item, kind, context
WHERE item IS NOT NULL AND context IS NOT NULL
RETURN kind, item, context
