// Create a vector index over the items' text vectors (text is a placeholder, also for content).
// Parameters: $name, $dimensions INTEGER
// Columns: none
CREATE VECTOR INDEX $name IF NOT EXISTS
FOR (i:Item) ON (i.textVector)
OPTIONS {indexConfig: {`vector.dimensions`: $dimensions, `vector.similarity_function`: 'cosine'}}
