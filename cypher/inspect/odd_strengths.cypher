// Read the values of a property of relationships that are not plain strengths. User, RATED and Item are placeholders of
// the ends and the type.
// Parameters: strength (the property)
// Columns: odd (null: numbers that are not negative), number (of relationships with it)
MATCH (:User)-[r:RATED]->(:Item)
WITH r[$strength] AS strength
WHERE strength IS NOT NULL
RETURN
  CASE
    WHEN strength IS :: INTEGER | FLOAT AND 0 <= strength < 1e300 THEN null
    ELSE strength
  END AS odd,
  count(*) AS number
