// Purpose: find a node with a property; load it with Item and title replaced.
// Parameters: none
// Columns:
//   node: its id in the database
MATCH (i:Item)
WHERE i.title IS NOT NULL
RETURN elementId(i) AS node
LIMIT 1
