// Delete relationships that repeat another of the same nodes and type with all its properties. User and Item are
// placeholders for any start and end.
// Parameters: rows - list of [start key, end key, type]
// Columns: none
UNWIND $rows AS row
WITH DISTINCT row
MATCH (u:User {userId: row[0]})-[r]->(i:Item {itemId: row[1]})
WHERE type(r) = row[2]
WITH u, i, type(r) AS type, properties(r) AS properties, collect(r) AS same
UNWIND tail(same) AS repeated
DELETE repeated
