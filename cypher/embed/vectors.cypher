// Read every item's vectors of several modalities (null if missing).
// Parameters: $properties LIST<STRING> (such as textVector)
// Columns: node (element id), vectors (one per property)
MATCH (i:Item)
WHERE any(p IN $properties WHERE i[p] IS NOT NULL)
RETURN elementId(i) AS node, [p IN $properties | i[p]] AS vectors
