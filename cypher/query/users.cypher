// Purpose: find users by their id or its beginning, with the number of items they did something with.
// In Neo4j Browser: :param {forms: ['196', 196], prefix: '19', behaviours: ['RATED'], limit: 20}
// Parameters:
//   forms: forms in which a whole id may be stored
//   prefix: beginning of ids that are texts; empty: any user
//   behaviours: behaviour types
//   limit: number of users
// Columns:
//   user: the id
//   items: number of items
CALL () {
  MATCH (u:User)
  WHERE u.userId IN $forms
  RETURN u
  LIMIT toInteger($limit)
UNION
  MATCH (u:User)
  WHERE u.userId STARTS WITH $prefix
  RETURN u
  LIMIT toInteger($limit)
UNION
  MATCH (u:User)
  WHERE $prefix = '' AND u.userId IS NOT NULL
  RETURN u
  LIMIT toInteger($limit)
}
WITH DISTINCT u
LIMIT toInteger($limit)
CALL (u) { // or by a path
  MATCH (u)-[b]-(i:Item)
  WHERE type(b) IN $behaviours
  RETURN i
}
WITH u, count(DISTINCT i) AS items
RETURN u.userId AS user, items
ORDER BY items DESC, user
