// Read all behaviours of one type, one row per user, like behaviours.cypher, but with packed lists: 8 bytes per value
// and no work for the driver, which makes reading three times as fast. Needs Neo4j 2025.10 (the VECTOR type).
// A vector has at most 4096 values, so lists are split. It has numbers only: -1.0 marks a strength and $odd a time
// that is not a plain number, or may be a date such as 20240301; behaviours.cypher is then used instead. In a published split train is 0, valid 1, test 2
// and missing -1; -2 marks anything else.
// Parameters: strength, time, part (names of properties, or null), noTime and ungraded (mark a missing time and
//   strength), odd
// Columns: user (internal id), degree (number of behaviours), items (internal ids), strengths, times, parts (lists of
//   vectors, empty if no property is given), graded (number with a strength)
CYPHER 25
MATCH (u:User)
CALL (u) {
  MATCH (u)-[r:RATED]-(i:Item)
  WITH id(i) AS item, r[$strength] AS strength, r[$time] AS moment, r[$part] AS part // each is looked up once
  RETURN
    collect(item) AS items,
    collect(
      CASE
        WHEN $strength IS NULL THEN null
        WHEN strength IS NULL THEN $ungraded
        WHEN strength IS :: INTEGER | FLOAT AND 0 <= strength < 1e300 THEN toFloat(strength)
        ELSE -1.0
      END
    ) AS strengths,
    count(strength) AS graded,
    collect(
      CASE
        WHEN $time IS NULL THEN null
        WHEN moment IS NULL THEN $noTime
        WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
        WHEN
          moment IS :: INTEGER
          AND (moment < 1900 OR 21001231 < moment < 19000101000000 OR moment > 21001231235959)
          THEN moment
        WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
        WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
        ELSE $odd
      END
    ) AS times,
    collect(
      CASE
        WHEN $part IS NULL THEN null
        WHEN part IS NULL THEN -1
        WHEN part = 'train' THEN 0
        WHEN part = 'valid' THEN 1
        WHEN part = 'test' THEN 2
        ELSE -2
      END
    ) AS parts
}
WITH u, items, strengths, graded, times, parts, range(0, size(items) - 1, 4096) AS starts
WHERE size(items) > 0
RETURN
  id(u) AS user,
  size(items) AS degree,
  [s IN starts | vector(items[s..s + 4096], size(items[s..s + 4096]), INTEGER64)] AS items,
  [s IN starts WHERE $strength IS NOT NULL |
    vector(strengths[s..s + 4096], size(strengths[s..s + 4096]), FLOAT64)] AS strengths,
  [s IN starts WHERE $time IS NOT NULL |
    vector(times[s..s + 4096], size(times[s..s + 4096]), INTEGER64)] AS times,
  [s IN starts WHERE $part IS NOT NULL |
    vector(parts[s..s + 4096], size(parts[s..s + 4096]), INTEGER8)] AS parts,
  graded
