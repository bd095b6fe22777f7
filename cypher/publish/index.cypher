// Purpose: read what an index covers.
// Parameters:
//   index: its name
// Columns:
//   labels, properties: of the nodes
//   dimensions: of a vector index
//   failed: whether Neo4j could not fill it
SHOW INDEXES
YIELD name, labelsOrTypes, properties, options, state
WHERE name = $index
RETURN
  labelsOrTypes AS labels,
  properties,
  options.indexConfig['vector.dimensions'] AS dimensions,
  state = 'FAILED' AS failed
