// Purpose: take the old embeddings out of a slot, so that a node that is not in the new run has none.
// Parameters: none (load it with Item and embeddingA replaced)
// Columns: none
MATCH (i:Item)
WHERE i.embeddingA IS NOT NULL
CALL (i) {
  REMOVE i.embeddingA
} IN TRANSACTIONS OF 10000 ROWS
