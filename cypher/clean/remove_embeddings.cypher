// Purpose: remove the embeddings of a label's nodes, in batches of one transaction each; load it with Item replaced.
// Parameters: none
// Columns: none
MATCH (n:Item)
WHERE
  n.embeddingA IS NOT NULL
  OR n.embeddingB IS NOT NULL
  OR n.itemEmbeddingA IS NOT NULL
  OR n.itemEmbeddingB IS NOT NULL
CALL (n) {
  REMOVE n.embeddingA, n.embeddingB, n.itemEmbeddingA, n.itemEmbeddingB
} IN TRANSACTIONS OF 10000 ROWS
