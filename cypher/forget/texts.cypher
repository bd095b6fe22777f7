// Purpose: read the texts that go with a user: of the node and of its relationships.
// Parameters:
//   users: the forms in which the id may be stored
//   shortest: fewest characters of a text
//   most: most texts
// Columns:
//   text: a text, or one of a list
MATCH (u:User)
WHERE u.userId IN $users
CALL (u) {
  UNWIND keys(u) AS key
  RETURN u[key] AS value
  UNION
  MATCH (u)-[r]-()
  UNWIND keys(r) AS key
  RETURN r[key] AS value
}
UNWIND
  CASE
    WHEN value IS :: LIST<STRING> NOT NULL THEN value
    ELSE [value]
  END AS text
WITH DISTINCT text
WHERE
  CASE
    WHEN text IS :: STRING NOT NULL THEN size(text)
    ELSE 0
  END >= $shortest
RETURN text
ORDER BY size(text) DESC
LIMIT $most
