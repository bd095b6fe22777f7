// Purpose: count the nodes with a property in which graphrec stores embeddings; load it with Item replaced.
// Parameters: none
// Columns:
//   nodes: number
MATCH (n:Item)
WHERE
  n.embeddingA IS NOT NULL
  OR n.embeddingB IS NOT NULL
  OR n.embeddingC IS NOT NULL
  OR n.itemEmbeddingA IS NOT NULL
  OR n.itemEmbeddingB IS NOT NULL
  OR n.itemEmbeddingC IS NOT NULL
RETURN count(n) AS nodes
