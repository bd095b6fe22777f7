// Purpose: users whose id is nearly the one that was asked for; items, when loaded with User and userId replaced.
//   Every part reads a bounded stretch of the index of the ids.
// In Neo4j Browser: :param {forms: ['195', 195], prefix: '19', limit: 50}
// Parameters:
//   forms: ids a typing error away
//   prefix: how a text id may begin
//   limit: number of ids a part
// Columns:
//   near: an id
CALL () {
  MATCH (u:User)
  WHERE u.userId IN $forms
  RETURN u.userId AS near
  LIMIT $limit
UNION
  MATCH (u:User)
  WHERE u.userId STARTS WITH $prefix
  RETURN u.userId AS near
  LIMIT $limit
UNION
  MATCH (u:User)
  WHERE u.userId IS NOT NULL
  RETURN u.userId AS near
  LIMIT 3
}
RETURN DISTINCT near
