// Purpose: the vector of some item, to search by; of another modality when loaded with textVector replaced.
// Parameters: none
// Columns:
//   vector: of the encoder that made the items' vectors
MATCH (i:Item)
WHERE i.textVector IS NOT NULL AND any(x IN i.textVector WHERE x <> 0)
RETURN i.textVector AS vector
LIMIT 1
