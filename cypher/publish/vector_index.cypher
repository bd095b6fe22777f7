// Purpose: index the embeddings of one slot. Without quantisation: at the usual 64 dimensions this costs little and is
//   more accurate. For vectors of any length: the next run's may be longer, and Neo4j plans every query anew after a
//   change of an index. (Load it with Item and embeddingA replaced.)
// Parameters:
//   index: its name
// Columns: none
CREATE VECTOR INDEX $index IF NOT EXISTS
FOR (n:Item)
ON (n.embeddingA)
OPTIONS {
  indexConfig: {
    `vector.similarity_function`: 'cosine',
    `vector.quantization.enabled`: false
  }
}
