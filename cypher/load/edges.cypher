// Create relationships of any types between existing nodes. User and Item are placeholders for any start and end.
// This does not check for existing relationships: use edges_present first.
// Parameters: rows - list of [start key, list of [end key, milliseconds since 1970 or null, properties, type]]
// Columns: none
UNWIND $rows AS row
MATCH (u:User {userId: row[0]})
UNWIND row[1] AS edge
MATCH (i:Item {itemId: edge[0]})
CREATE (u)-[r:$(edge[3]) {at: CASE WHEN edge[1] IS NULL THEN null ELSE datetime({epochMillis: edge[1]}) END}]->(i)
SET r += edge[2]
