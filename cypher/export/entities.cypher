// Read the keys of knowledge nodes: the key that graphrec's loaders write, or the element id.
// Parameters: ids (internal ids)
// Columns: ids, keys (lists in the same order)
UNWIND $ids AS id
MATCH (n)
WHERE id(n) = id
RETURN
  collect(id(n)) AS ids,
  collect(coalesce(toString(n.entityId), elementId(n))) AS keys
