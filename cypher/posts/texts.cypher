// Purpose: read posts.
// Parameters:
//   posts: element ids
//   text, time: properties of the post
// Columns:
//   post: element id
//   text: as it is stored
//   at: epoch seconds of a temporal value; others as they are, numbers that may be dates in a map
MATCH (p:Post)
WHERE elementId(p) IN $posts
WITH p, p[$time] AS moment
RETURN
  elementId(p) AS post,
  p[$text] AS text,
  CASE
    WHEN moment IS NULL THEN null
    WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
    WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
    WHEN
      moment IS :: INTEGER
      AND (1900 <= moment <= 2100 OR 19000101 <= moment <= 21001231 OR 19000101000000 <= moment <= 21001231235959)
      THEN {number: moment} // may be a date: not to be taken for epoch seconds
    WHEN moment IS :: BOOLEAN THEN toString(moment) // would pass for 0 or 1
    ELSE moment
  END AS at
