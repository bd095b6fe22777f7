// Purpose: list relationships of a type with their times, without those that are surely newer than a moment.
// Parameters:
//   time: the property of the time
//   before: seconds since 1970
// Columns:
//   tie: element id
//   node: element id of the item, which may be a search
//   at: seconds since 1970 of a temporal value; others as they are, a whole number that may be a date as a map
MATCH (u:User)-[r:RATED]-(i:Item)
WITH DISTINCT r, i, r[$time] AS moment
WITH
  r,
  i,
  CASE
    WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
    WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: INTEGER NOT NULL THEN {number: moment}
    WHEN moment IS :: BOOLEAN THEN toString(moment)
    ELSE moment
  END AS at
WHERE
  CASE
    WHEN at IS :: INTEGER NOT NULL THEN at < $before
    ELSE true
  END
RETURN elementId(r) AS tie, elementId(i) AS node, at
