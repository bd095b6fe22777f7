// Purpose: the nodes of a user who is to be forgotten.
// Parameters:
//   users: the ways in which the id may be stored
// Columns:
//   user: the id as it is stored
//   properties: names of what the node says
//   embeddings: number of embeddings of published runs
MATCH (u:User)
WHERE u.userId IN $users
RETURN
  u.userId AS user,
  keys(u) AS properties,
  size([vector IN [u.embeddingA, u.embeddingB] WHERE vector IS NOT NULL]) AS embeddings
