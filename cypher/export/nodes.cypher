// Read the internal ids and keys of all nodes of a role, some thousands per row.
// Internal ids (not element ids, which are 40 characters each) live only as long as the export.
// Parameters: block (approximate nodes per row)
// Columns: number (of the block), ids, keys (lists in the same order), keyless (ids of the nodes without a key,
//   or with an empty text)
MATCH (u:User)
WITH id(u) AS id, CASE WHEN u.userId <> '' THEN u.userId END AS key
RETURN
  id / $block AS number,
  collect(CASE WHEN key IS NOT NULL THEN id END) AS ids,
  collect(key) AS keys,
  collect(CASE WHEN key IS NULL THEN id END) AS keyless
