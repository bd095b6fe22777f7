// List the vector indexes.
// Parameters: none
// Columns: name, labels, properties, config, state
SHOW VECTOR INDEXES
YIELD name, labelsOrTypes, properties, options, state
RETURN name, labelsOrTypes AS labels, properties, options.indexConfig AS config, state
