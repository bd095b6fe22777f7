// The internal ids and the keys of all nodes that play a part, some thousands a row.
// Internal ids (not element ids, which are 40 characters each) live only as long as the export.
// Parameters: block (nodes a row, about)
// Columns: number (of the block), ids, keys (lists in the same order; keys is shorter where a node has none)
MATCH (u:User)
RETURN
  id(u) / $block AS number,
  collect(id(u)) AS ids,
  collect(u.userId) AS keys
