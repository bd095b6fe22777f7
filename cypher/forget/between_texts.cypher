// Purpose: read the texts of the nodes on a path of a behaviour that no other user reaches (load it as between.cypher).
// Parameters:
//   users: the forms in which the id may be stored
//   shortest: fewest characters of a text
//   most: most texts
// Columns:
//   text: a text, or one of a list
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IN $users
WITH DISTINCT i
WHERE
  NOT EXISTS {
    MATCH (other:User)-[r:RATED]-(i:Item)
    WHERE coalesce(NOT other.userId IN $users, true)
  }
  AND NOT EXISTS {
    MATCH (other:User)--(i)
    WHERE coalesce(NOT other.userId IN $users, true)
  }
UNWIND keys(i) AS key
WITH i[key] AS value
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
