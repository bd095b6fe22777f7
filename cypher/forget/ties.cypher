// Purpose: how many relationships of each type a user has, whatever their direction.
// Parameters:
//   users: the ways in which the id may be stored
// Columns:
//   kind: type of the relationship
//   ties: number
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[r]-()
RETURN type(r) AS kind, count(DISTINCT r) AS ties
ORDER BY kind
