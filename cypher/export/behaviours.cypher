// All behaviours of one type, a row a user: the quick way to read a million of them.
// The direction is not asked for: a mapped type may run from item to user in another graph.
// Times that are no temporal values pass as they are, and are judged by the reader.
// Parameters: strength, time (names of properties, or null), noTime (stands for a missing time)
// Columns: user (internal id), items (internal ids), strengths, times (empty, or as long as items), graded (how many
//   have a strength)
MATCH (u:User)
CALL (u) {
  MATCH (u)-[r:RATED]-(i:Item)
  RETURN
    collect(id(i)) AS items,
    collect(CASE WHEN $strength IS NOT NULL THEN coalesce(r[$strength], 1.0) END) AS strengths,
    count(r[$strength]) AS graded,
    collect(
      CASE
        WHEN $time IS NULL THEN null
        WHEN r[$time] IS NULL THEN $noTime
        WHEN r[$time] IS :: ZONED DATETIME THEN r[$time].epochSeconds
        WHEN r[$time] IS :: LOCAL DATETIME THEN datetime({datetime: r[$time], timezone: 'Z'}).epochSeconds
        WHEN r[$time] IS :: DATE THEN datetime({date: r[$time], timezone: 'Z'}).epochSeconds
        WHEN r[$time] IS :: BOOLEAN THEN toString(r[$time]) // would pass for 0 or 1
        ELSE r[$time]
      END
    ) AS times
}
WITH u, items, strengths, graded, times
WHERE size(items) > 0
RETURN
  id(u) AS user,
  items,
  strengths,
  graded,
  times
