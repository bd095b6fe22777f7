// Purpose: what an index covers.
// Parameters:
//   index: its name
// Columns:
//   labels, properties: of the nodes
SHOW INDEXES
YIELD name, labelsOrTypes, properties
WHERE name = $index
RETURN labelsOrTypes AS labels, properties
