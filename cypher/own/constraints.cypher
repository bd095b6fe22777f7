// Purpose: list every constraint, with what it covers.
// Parameters: none
// Columns:
//   name, kind: of the constraint
//   labels, properties: of the nodes; of relationships: their types
SHOW CONSTRAINTS
YIELD name, type, labelsOrTypes, properties
RETURN name, type AS kind, coalesce(labelsOrTypes, []) AS labels, coalesce(properties, []) AS properties
