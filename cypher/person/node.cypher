// Purpose: read the node of a user, with all that stands on it.
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   user: the id as it is stored
//   labels: of the node
//   properties: all of them
MATCH (u:User)
WHERE u.userId IN $users
RETURN u.userId AS user, labels(u) AS labels, properties(u) AS properties
