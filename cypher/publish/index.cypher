// Purpose: what an index covers.
// Parameters:
//   index: its name
// Columns:
//   labels, properties: of the nodes
//   dimensions: of a vector index
SHOW INDEXES
YIELD name, labelsOrTypes, properties, options
WHERE name = $index
RETURN
  labelsOrTypes AS labels,
  properties,
  options.indexConfig['vector.dimensions'] AS dimensions
