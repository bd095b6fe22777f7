// Purpose: list the titles of all items.
// Parameters: none
// Columns:
//   node: element id
//   name: title
MATCH (i:Item)
WHERE i.title IS NOT NULL
RETURN elementId(i) AS node, i.title AS name
ORDER BY node
