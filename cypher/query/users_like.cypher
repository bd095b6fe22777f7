// Purpose: find users by the beginning of their id, for a person who looks for one.
// In Neo4j Browser: :param {prefix: '1', k: 10}
// Parameters:
//   prefix: beginning of the id
//   k: number of users
// Columns:
//   user: id of the user
MATCH (u:User)
WHERE toString(u.userId) STARTS WITH $prefix
RETURN u.userId AS user
ORDER BY size(toString(user)), user
LIMIT toInteger($k)
