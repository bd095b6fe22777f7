// Create relationships between existing nodes. User, RATED and Item are placeholders for any start, type and end.
// This does not check for existing relationships: use edges_present first.
// Parameters: rows - list of [start key, list of [end key, milliseconds since 1970 or null, properties]]
// Columns: none
UNWIND $rows AS row
MATCH (u:User {userId: row[0]})
UNWIND row[1] AS edge
MATCH (i:Item {itemId: edge[0]})
CREATE (u)-[r:RATED {at: CASE WHEN edge[1] IS NULL THEN null ELSE datetime({epochMillis: edge[1]}) END}]->(i)
SET r += edge[2]
