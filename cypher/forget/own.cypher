// Purpose: count the nodes of a label that are connected to one user only (load it with Entity replaced).
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   nodes: number
//   contents: hashes of the texts of their vectors
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)--(n:Entity)
WHERE NOT EXISTS {
  MATCH (n)--(other:User)
  WHERE coalesce(NOT other.userId IN $users, true)
}
RETURN count(DISTINCT n) AS nodes, collect(DISTINCT n.textHash) AS contents
