// Purpose: count the nodes that only one user is connected to, whatever they are: the mapping may not know them.
// Parameters:
//   users: the forms in which the id may be stored
//   known: labels of nodes that are looked after otherwise
// Columns:
//   label: the first label of the nodes
//   nodes: number
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)--(n)
WHERE NOT n:User AND NOT n:Item AND NOT any(label IN labels(n) WHERE label IN $known)
WITH DISTINCT n
WHERE NOT EXISTS {
  MATCH (n)--(other:User)
  WHERE coalesce(NOT other.userId IN $users, true)
}
RETURN head(labels(n)) AS label, count(n) AS nodes
  ORDER BY label
