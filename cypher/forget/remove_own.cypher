// Purpose: remove a batch of the nodes of a label that are tied to a user and to no other user, with all that they are
//   tied by (load it with Entity replaced). Before the user's own ties: by them the nodes are found.
// Parameters:
//   users: the ways in which the id may be stored
//   batch: at most so many
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
