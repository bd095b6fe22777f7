// Purpose: index the embeddings of one slot. Without quantisation: at the usual 64 dimensions this costs little and is
//   more accurate. (Load it with Item and embeddingA replaced.)
// Parameters:
//   index: its name
//   dimensions: length of the vectors
// Columns: none
CREATE VECTOR INDEX $index IF NOT EXISTS
FOR (n:Item)
ON (n.embeddingA)
OPTIONS {
  indexConfig: {
    `vector.dimensions`: $dimensions,
    `vector.similarity_function`: 'cosine',
    `vector.quantization.enabled`: false
  }
}
