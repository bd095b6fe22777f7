// Purpose: remove the embeddings of a label's nodes, in batches of one transaction each; load it with Item replaced.
// Parameters: none
// Columns: none
MATCH (n:Item)
WHERE
  n.embeddingA IS NOT NULL
  OR n.embeddingB IS NOT NULL
  OR n.embeddingC IS NOT NULL
  OR n.itemEmbeddingA IS NOT NULL
  OR n.itemEmbeddingB IS NOT NULL
  OR n.itemEmbeddingC IS NOT NULL
CALL (n) {
  REMOVE
    n.embeddingA,
    n.embeddingB,
    n.embeddingC,
    n.itemEmbeddingA,
    n.itemEmbeddingB,
    n.itemEmbeddingC
} IN TRANSACTIONS OF 10000 ROWS
