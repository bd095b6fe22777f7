// Purpose: remove a batch of a user's relationships.
// Parameters:
//   users: the ways in which the id may be stored
//   batch: at most so many
// Columns: none
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[r]-()
WITH r
LIMIT $batch
DELETE r
