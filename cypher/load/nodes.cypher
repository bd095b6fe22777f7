// Create nodes, or complete them. User and userId are placeholders for the label and key of any role.
// A property that already has the value is not written, so that loading twice changes nothing.
// Parameters: rows - list of [key, properties, further labels]
// Columns: none
UNWIND $rows AS row
MERGE (n:User {userId: row[0]})
SET n:$(row[2])
WITH n, row[1] AS properties
WHERE any(k IN keys(properties) WHERE n[k] IS NULL OR n[k] <> properties[k])
SET n += properties
