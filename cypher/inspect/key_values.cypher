// Check whether a property is unique among all nodes with a label.
// Parameters: none
// Columns: total (nodes), keyed (nodes with the property), differing (distinct values)
MATCH (u:User)
RETURN
  count(u) AS total,
  count(u.userId) AS keyed,
  count(DISTINCT u.userId) AS differing
