// Purpose: remove a batch of the nodes of a label that are connected to one user only, with their relationships
//   (load it with Entity replaced). Run it before the user's own relationships are removed, as they lead to the nodes.
// Parameters:
//   users: the forms in which the id may be stored
//   batch: most nodes per call
// Columns: none
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)--(n:Entity)
WHERE NOT EXISTS {
  MATCH (n)--(other:User)
  WHERE coalesce(NOT other.userId IN $users, true)
}
WITH DISTINCT n
LIMIT $batch
DETACH DELETE n
