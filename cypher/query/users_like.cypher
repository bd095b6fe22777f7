// Purpose: find users by the beginning of their id, for a person who looks for one. An index on the ids answers it,
//   however many users there are.
// In Neo4j Browser: :param {prefix: '1', numbers: [[1, 1], [10, 19], [100, 199]], k: 10}
// Parameters:
//   prefix: beginning of the id, of those that are texts
//   numbers: list of [least, most] of the whole numbers that begin so
//   k: number of users
// Columns:
//   user: id of the user
CALL () {
  MATCH (u:User)
  WHERE u.userId STARTS WITH $prefix
  RETURN u.userId AS user
  ORDER BY u.userId
  LIMIT toInteger($k)
UNION
  UNWIND $numbers AS bounds
  CALL (bounds) {
    MATCH (u:User)
    WHERE bounds[0] <= u.userId <= bounds[1]
    RETURN u.userId AS user
    ORDER BY u.userId
    LIMIT toInteger($k)
  }
  RETURN user
}
RETURN user
ORDER BY size(toString(user)), user
LIMIT toInteger($k)
