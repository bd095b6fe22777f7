// The names of the entities that serve as labels.
// Parameters: keys (as the export tells entities: the key that our loaders write, or the element id)
// Columns: key, name (as it is stored, or null)
MATCH (:Item)-[:HAS_GENRE]->(e)
WITH DISTINCT e, coalesce(toString(e.entityId), elementId(e)) AS key
WHERE key IN $keys
RETURN key, e.name AS name
