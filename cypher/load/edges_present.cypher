// List existing relationships of nodes. User and Item are placeholders for any start and end.
// Parameters: keys - list of start keys; types - list of types
// Columns: key - start key; type; edges - list of [end key, milliseconds since 1970 or null, properties other than at]
UNWIND $keys AS key
MATCH (u:User {userId: key})-[r]->(i:Item)
WHERE type(r) IN $types
RETURN
  key,
  type(r) AS type,
  collect([i.itemId, r.at.epochMillis, r {.*, at: null}]) AS edges
