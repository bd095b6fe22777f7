// Read a property of the nodes that a path leads to from each item. (i)-[:HAS_GENRE]->(e) stands for the path.
// Parameters: $property STRING (of the last node), $limit INTEGER (nodes per item)
// Columns: node (element id of the item), texts (the values, each once; as stored)
MATCH (i:Item)
CALL (i) {
  MATCH (i)-[:HAS_GENRE]->(e)
  WITH DISTINCT e[$property] AS text
  WHERE text IS NOT NULL
  ORDER BY toStringOrNull(text)
  LIMIT toInteger($limit)
  RETURN collect(text) AS texts
}
WITH i, texts
WHERE size(texts) > 0
RETURN elementId(i) AS node, texts
