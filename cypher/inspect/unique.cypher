// List the properties with a uniqueness constraint.
// Parameters: none
// Columns: label, key
SHOW CONSTRAINTS YIELD entityType, type, labelsOrTypes, properties
WHERE entityType = 'NODE' AND (type CONTAINS 'UNIQUENESS' OR type = 'NODE_KEY') AND size(properties) = 1
RETURN
  labelsOrTypes[0] AS label,
  properties[0] AS key
