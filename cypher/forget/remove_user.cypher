// Purpose: remove a user's node, with any relationships added meanwhile.
// Parameters:
//   users: the forms in which the id may be stored
// Columns: none
MATCH (u:User)
WHERE u.userId IN $users
DETACH DELETE u
