// Purpose: find the items that match a predicate, which graphrec.serving.cypher_filter inserts in place of (true).
// In Neo4j Browser: :param {user: '196', context: {}}
// Parameters:
//   user: id of the user, for use in the predicate; null: no user in the graph
//   context: name → value of the parameters of a named filter
// Columns:
//   item: id of a matching item
OPTIONAL MATCH (u:User {userId: $user})
WITH u, $context AS context
MATCH (i:Item)
WHERE (true)
RETURN i.itemId AS item
