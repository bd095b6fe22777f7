// Purpose: find the nodes of a user to remove.
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   user: the id as it is stored
//   properties: names of the node's properties
//   embeddings: number of embeddings of published runs
MATCH (u:User)
WHERE u.userId IN $users
RETURN
  u.userId AS user,
  keys(u) AS properties,
  size([
    vector IN [
      u.embeddingA,
      u.embeddingB,
      u.embeddingC,
      u.itemEmbeddingA,
      u.itemEmbeddingB,
      u.itemEmbeddingC
    ]
    WHERE vector IS NOT NULL
  ]) AS embeddings
