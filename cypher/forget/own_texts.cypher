// Purpose: read the texts of the nodes of a label that are connected to one user only (load it with Entity replaced).
// Parameters:
//   users: the forms in which the id may be stored
//   shortest: fewest characters of a text
//   most: most texts
// Columns:
//   text: a text, or one of a list
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)--(n:Entity)
WHERE NOT EXISTS {
  MATCH (n)--(other:User)
  WHERE coalesce(NOT other.userId IN $users, true)
}
UNWIND keys(n) AS key
WITH n[key] AS value
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
