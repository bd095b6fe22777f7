// Purpose: find users with an id similar to the given one; items, when loaded with User and userId replaced.
//   Every part reads a bounded range of the index of ids.
// In Neo4j Browser: :param {forms: ['195', 195], prefix: '19', limit: 50}
// Parameters:
//   forms: ids with one typing error
//   prefix: prefix of text ids
//   limit: number of ids per part
// Columns:
//   near: an id
CALL () {
  MATCH (u:User)
  WHERE u.userId IN $forms
  RETURN u.userId AS near
  LIMIT toInteger($limit)
UNION
  MATCH (u:User)
  WHERE u.userId STARTS WITH $prefix
  RETURN u.userId AS near
  LIMIT toInteger($limit)
UNION
  MATCH (u:User)
  WHERE u.userId IS NOT NULL
  RETURN u.userId AS near
  LIMIT 3
}
RETURN DISTINCT near
