// Read all relationships of some types (knowledge or social), one row per type and block of sources. Each relationship
// is one number, so that the server collects little: elementId() takes several times as long as id(), which every
// supported version has. HAS_GENRE is a placeholder for the types.
// Parameters: block (internal ids of sources per row)
// Columns: type, number (of the block), pairs (of each relationship, internal id of the target × block + that of the source mod block)
MATCH (a)-[r:HAS_GENRE]->(b)
RETURN
  type(r) AS type,
  id(a) / $block AS number,
  collect(id(b) * $block + id(a) % $block) AS pairs
