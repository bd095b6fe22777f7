// Purpose: list posts with their times.
// Parameters:
//   time: the property of the time
// Columns:
//   node: element id
//   at: seconds since 1970 of a temporal value; others as they are, a whole number that may be a date as a map
MATCH (p:Post)
WITH p, p[$time] AS moment
RETURN
  elementId(p) AS node,
  CASE
    WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
    WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: INTEGER NOT NULL THEN {number: moment}
    WHEN moment IS :: BOOLEAN THEN toString(moment)
    ELSE moment
  END AS at
