// Purpose: list nodes on the path of a behaviour with their times (load it with RATED replaced by the path to the nodes,
//   and Item by their label), those that no other user reaches.
// Parameters:
//   time: the property of the time
// Columns:
//   node: element id
//   at: seconds since 1970 of a temporal value; others as they are, a whole number that may be a date as a map
MATCH (u:User)-[r:RATED]-(i:Item)
WITH i, count(DISTINCT u) AS owners, i[$time] AS moment
WHERE owners = 1
RETURN
  elementId(i) AS node,
  CASE
    WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
    WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: INTEGER NOT NULL THEN {number: moment}
    WHEN moment IS :: BOOLEAN THEN toString(moment)
    ELSE moment
  END AS at
