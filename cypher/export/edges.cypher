// All relationships of one type (knowledge or social), a row a source node.
// Parameters: none
// Columns: source (internal id), targets (internal ids)
MATCH (a)-[:HAS_GENRE]->(b)
RETURN
  id(a) AS source,
  collect(id(b)) AS targets
