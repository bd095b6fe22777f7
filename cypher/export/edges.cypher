// All relationships of one type (knowledge or social), those of some thousands of sources a row.
// Parameters: block (internal ids of sources a row, about)
// Columns: number (of the block), sources, targets (internal ids, in the same order)
MATCH (a)-[:HAS_GENRE]->(b)
RETURN
  id(a) / $block AS number,
  collect(id(a)) AS sources,
  collect(id(b)) AS targets
