// Does a property tell all nodes with a label apart?
// Parameters: none
// Columns: total (nodes), keyed (that have it), differing (values)
MATCH (u:User)
RETURN
  count(u) AS total,
  count(u.userId) AS keyed,
  count(DISTINCT u.userId) AS differing
