// Purpose: list the names of knowledge nodes (Entity stands for their labels).
// Parameters: none
// Columns:
//   node: element id
//   name: its name
MATCH (n:Entity)
WHERE n.name IS NOT NULL
RETURN elementId(n) AS node, n.name AS name
ORDER BY node
