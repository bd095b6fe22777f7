// List the properties with a uniqueness constraint, alone or together.
// Parameters: none
// Columns: label, keys
SHOW CONSTRAINTS YIELD entityType, type, labelsOrTypes, properties
WHERE entityType = 'NODE' AND (type CONTAINS 'UNIQUENESS' OR type = 'NODE_KEY')
RETURN
  labelsOrTypes[0] AS label,
  properties AS keys
