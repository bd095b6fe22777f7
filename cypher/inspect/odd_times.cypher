// Read the values of a property of relationships that have to be converted to be times. User, RATED and Item are
// placeholders of the ends and the type.
// Parameters: time (the property)
// Columns: odd (null: temporal values and numbers that are no dates), number (of relationships with it)
MATCH (:User)-[r:RATED]->(:Item)
WITH r[$time] AS moment
WHERE moment IS NOT NULL
RETURN
  CASE
    WHEN moment IS :: ZONED DATETIME | LOCAL DATETIME | DATE THEN null
    WHEN
      moment IS :: INTEGER
      AND (moment < 1900 OR 21001231 < moment < 19000101000000 OR moment > 21001231235959)
      THEN null
    ELSE moment
  END AS odd,
  count(*) AS number
