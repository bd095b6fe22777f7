// Purpose: remove a user's node, and what has been tied to it meanwhile.
// Parameters:
//   users: the ways in which the id may be stored
// Columns: none
MATCH (u:User)
WHERE u.userId IN $users
DETACH DELETE u
