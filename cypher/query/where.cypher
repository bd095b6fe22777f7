// Purpose: the items that fit a predicate, which graphrec.serving.cypher_filter puts in the place of (true).
// In Neo4j Browser: :param {user: '196'}
// Parameters:
//   user: id of the user, whom the predicate may name; null where nobody in the graph asks
// Columns:
//   item: id of an item that fits
OPTIONAL MATCH (u:User {userId: $user})
MATCH (i:Item)
WHERE (true)
RETURN i.itemId AS item
