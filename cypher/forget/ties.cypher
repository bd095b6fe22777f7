// Purpose: count a user's relationships by type, in both directions.
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   kind: type of the relationship
//   ties: number
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[r]-()
RETURN type(r) AS kind, count(DISTINCT r) AS ties
ORDER BY kind
