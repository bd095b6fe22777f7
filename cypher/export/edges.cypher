// All relationships of one type (knowledge or social), those of some sources a row. An end of each is one number, which
// is all that the server has to collect.
// Parameters: block (internal ids of sources a row)
// Columns: number (of the block), pairs (of each relationship, internal id of the target × block + that of the source mod block)
MATCH (a)-[:HAS_GENRE]->(b)
RETURN
  id(a) / $block AS number,
  collect(id(b) * $block + id(a) % $block) AS pairs
