// Purpose: read the texts of a user's posts (load it as posts.cypher).
// Parameters:
//   users: the forms in which the id may be stored
//   shortest: fewest characters of a text
//   most: most texts
// Columns:
//   text: a text
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IN $users
WITH DISTINCT i
UNWIND keys(i) AS key
WITH DISTINCT i[key] AS text
WHERE
  CASE
    WHEN text IS :: STRING NOT NULL THEN size(text)
    ELSE 0
  END >= $shortest
RETURN text
ORDER BY size(text) DESC
LIMIT $most
