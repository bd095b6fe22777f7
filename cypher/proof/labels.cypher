// Read the names of the entities that serve as labels.
// Parameters: keys (as in the export: the key that graphrec's loaders write, or the element id)
// Columns: key, name (as stored, or null)
MATCH (:Item)-[:HAS_GENRE]->(e)
WITH DISTINCT e, coalesce(toString(e.entityId), elementId(e)) AS key
WHERE key IN $keys
RETURN key, e.name AS name
