// Read all relationships of one type (knowledge or social), one row per block of sources. Each relationship is one
// number, so that the server collects little.
// Parameters: block (internal ids of sources per row)
// Columns: number (of the block), pairs (of each relationship, internal id of the target × block + that of the source mod block)
MATCH (a)-[:HAS_GENRE]->(b)
RETURN
  id(a) / $block AS number,
  collect(id(b) * $block + id(a) % $block) AS pairs
