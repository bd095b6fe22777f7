// Find the items nearest to users' searches, by exact cosine. RATED is a placeholder for a type of search.
// Parameters: users - their ids; label - of the searches; time - the property that dates them, or null; noTime - marks
//   a missing time; k - items per search
// Columns: asked - list of [user, time] (epoch seconds of a temporal value; others as they are); meant - list of
//   [item, cosine], the nearest first
MATCH (u:User)-[r:RATED]-(s)
WHERE u.userId IN $users AND $label IN labels(s) AND s.textVector IS NOT NULL
WITH s, u, r[$time] AS moment
WITH
  s,
  collect([
    u.userId,
    CASE
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
  ]) AS asked
CALL (s) {
  MATCH (i:Item)
  WHERE i.textEncoder = s.textEncoder
  WITH i, 2 * vector.similarity.cosine(s.textVector, i.textVector) - 1 AS cosine
  ORDER BY cosine DESC, i.itemId
  LIMIT $k
  RETURN collect([i.itemId, cosine]) AS meant
}
RETURN asked, meant
