// Purpose: remove a batch of a user's posts, with their relationships (load it as posts.cypher).
// Parameters:
//   users: the forms in which the id may be stored
//   batch: most nodes per call
// Columns: none
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IN $users
WITH DISTINCT i
LIMIT $batch
DETACH DELETE i
