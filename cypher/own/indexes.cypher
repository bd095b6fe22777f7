// Purpose: list every index, with what it covers.
// Parameters: none
// Columns:
//   name, kind: of the index; kind: VECTOR, FULLTEXT, RANGE and so on
//   labels, properties: of the nodes; of relationships: their types
//   nodes: whether it covers nodes
//   dimensions: of a vector index
//   state: ONLINE, POPULATING or FAILED
//   constraint: name of the constraint that it belongs to; null: none
SHOW INDEXES
YIELD name, type, entityType, labelsOrTypes, properties, options, state, owningConstraint
RETURN
  name,
  type AS kind,
  coalesce(labelsOrTypes, []) AS labels,
  coalesce(properties, []) AS properties,
  entityType = 'NODE' AS nodes,
  options.indexConfig['vector.dimensions'] AS dimensions,
  state,
  owningConstraint AS constraint
