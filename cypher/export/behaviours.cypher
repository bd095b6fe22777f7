// Read all behaviours of one type, one row per user: a fast way to read millions.
// The direction is ignored: in another graph, a mapped type may point from item to user.
// Times that are not temporal values are returned unchanged, or as {number: n} where they may be a date, such as
// 20240301; the reader checks them.
// Parameters: strength, time, part (names of properties, or null), contexts (names of properties), noTime and ungraded
//   (mark a missing time and strength)
// Columns: user (internal id), items (internal ids), strengths, times, parts (empty, or as long as items), graded
//   (number with a strength), contexts (of each behaviour, the values of these properties; empty if none is given)
MATCH (u:User)
CALL (u) {
  MATCH (u)-[r:RATED]-(i:Item)
  WITH
    id(i) AS item,
    r[$strength] AS strength,
    r[$time] AS moment,
    r[$part] AS part, // each is looked up once
    [name IN $contexts | r[name]] AS context
  RETURN
    collect(item) AS items,
    collect(CASE WHEN $strength IS NOT NULL THEN coalesce(strength, $ungraded) END) AS strengths,
    count(strength) AS graded,
    collect(
      CASE
        WHEN $time IS NULL THEN null
        WHEN moment IS NULL THEN $noTime
        WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
        WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
        WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
        WHEN
          moment IS :: INTEGER
          AND (1900 <= moment <= 2100 OR 19000101 <= moment <= 21001231 OR 19000101000000 <= moment <= 21001231235959)
          THEN {number: moment} // may be a date: not to be taken for epoch seconds
        WHEN moment IS :: BOOLEAN THEN toString(moment) // would pass for 0 or 1
        ELSE moment
      END
    ) AS times,
    collect(CASE WHEN $part IS NOT NULL THEN coalesce(part, '') END) AS parts,
    collect(CASE WHEN size($contexts) > 0 THEN context END) AS contexts
}
WITH u, items, strengths, graded, times, parts, contexts
WHERE size(items) > 0
RETURN
  id(u) AS user,
  items,
  strengths,
  graded,
  times,
  parts,
  contexts
