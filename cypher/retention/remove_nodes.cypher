// Purpose: remove nodes with their relationships.
// Parameters:
//   nodes: element ids
//   alone: whether only those go that have no relationship
// Columns: none
UNWIND $nodes AS node
MATCH (n)
WHERE elementId(n) = node AND (NOT $alone OR NOT EXISTS { (n)--() })
DETACH DELETE n
