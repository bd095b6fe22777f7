// Purpose: how many nodes of a label are tied to a user and to no other user (load it with Entity replaced).
// Parameters:
//   users: the ways in which the id may be stored
// Columns:
//   nodes: number
//   contents: hashes of the texts that vectors of theirs were made of
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)--(n:Entity)
WHERE NOT EXISTS {
  MATCH (n)--(other:User)
  WHERE coalesce(NOT other.userId IN $users, true)
}
RETURN count(DISTINCT n) AS nodes, collect(DISTINCT n.textHash) AS contents
