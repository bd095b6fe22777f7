// Read the internal ids and keys of all nodes of a role, some thousands per row.
// Internal ids (not element ids, which are 40 characters each) live only as long as the export.
// Parameters: block (approximate nodes per row)
// Columns: number (of the block), ids, keys (lists in the same order; keys is shorter if a node has none)
MATCH (u:User)
RETURN
  id(u) / $block AS number,
  collect(id(u)) AS ids,
  collect(u.userId) AS keys
