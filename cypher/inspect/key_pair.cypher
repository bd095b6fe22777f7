// Check whether two properties together identify the nodes with a label. userId and itemId are placeholders.
// Parameters: none
// Columns: total (nodes), differing (distinct pairs of values; nodes that lack one do not count)
MATCH (u:User)
RETURN
  count(*) AS total,
  count(DISTINCT CASE WHEN u.userId IS NOT NULL AND u.itemId IS NOT NULL THEN [u.userId, u.itemId] END) AS differing
