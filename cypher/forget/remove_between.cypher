// Purpose: remove a batch of the nodes on a path of a behaviour that no other user reaches, with their relationships
//   (load it as between.cypher). The farthest from the user go first, as the nearer ones lead to them.
// Parameters:
//   users: the forms in which the id may be stored
//   batch: most nodes per call
// Columns: none
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
WITH i
LIMIT $batch
DETACH DELETE i
