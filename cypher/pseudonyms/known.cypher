// Purpose: say which ids users have.
// Parameters:
//   users: list of ids
// Columns:
//   user: an id that somebody has
MATCH (u:User)
WHERE u.userId IN $users
RETURN u.userId AS user
