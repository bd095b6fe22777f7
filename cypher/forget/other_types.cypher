// Purpose: find users whose key is of a type that no id has, such as 12.5 or a date, by how it is written.
// Parameters:
//   text: the id as typed
// Columns:
//   type: type of the key
//   nodes: number of such nodes
MATCH (u:User)
WHERE
  u.userId IS NOT :: STRING
  AND u.userId IS NOT :: INTEGER
  AND toStringOrNull(u.userId) = $text
RETURN valueType(u.userId) AS type, count(u) AS nodes
