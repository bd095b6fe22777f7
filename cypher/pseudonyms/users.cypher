// Purpose: list users whose id begins so, such as with a generation of pseudonyms.
// Parameters:
//   start: how the id begins
//   limit: most users
// Columns:
//   user: the id
MATCH (u:User)
WHERE u.userId STARTS WITH $start
RETURN u.userId AS user
LIMIT $limit
