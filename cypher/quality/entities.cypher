// Count the knowledge nodes without any relationship but those that graphrec writes.
// Parameters: own (types that graphrec writes), examples (most ids)
// Columns: count, total (nodes), examples (ids, or element ids)
MATCH (e:Entity)
WITH
  coalesce(toString(e.entityId), elementId(e)) AS key,
  NOT EXISTS {
    MATCH (e)-[r]-()
    WHERE NOT type(r) IN $own
  } AS orphan
RETURN
  count(CASE WHEN orphan THEN 1 END) AS count,
  count(*) AS total,
  collect(CASE WHEN orphan THEN key END)[..$examples] AS examples
