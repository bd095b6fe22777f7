// List existing relationships of nodes. User, RATED and Item are placeholders for any start, type and end.
// Parameters: keys - list of start keys
// Columns: key - start key; edges - list of [end key, milliseconds since 1970 or null, properties other than at]
UNWIND $keys AS key
MATCH (u:User {userId: key})-[r:RATED]->(i:Item)
RETURN
  key,
  collect([i.itemId, r.at.epochMillis, r {.*, at: null}]) AS edges
