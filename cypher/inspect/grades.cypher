// Count the values of a property of relationships. User, RATED and Item are placeholders of the ends and the type.
// Parameters: strength (the property), most (values)
// Columns: grade (the value), number (of relationships with it)
MATCH (:User)-[r:RATED]->(:Item)
WITH r[$strength] AS grade
WHERE grade IS NOT NULL
RETURN
  grade,
  count(*) AS number
LIMIT toInteger($most)
