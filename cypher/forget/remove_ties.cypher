// Purpose: remove a batch of a user's relationships.
// Parameters:
//   users: the forms in which the id may be stored
//   batch: most relationships per call
// Columns: none
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[r]-()
WITH r
LIMIT $batch
DELETE r
