// Purpose: read the nodes on a path of a behaviour that no other user reaches (load it with RATED replaced by the path
//   to the nodes, and Item by their label).
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   properties: all of them
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
RETURN properties(i) AS properties
