// Read the vectors of one modality, for items with a vector.
// Parameters: none
// Columns: item (internal id), vector, encoder (its label, or null)
MATCH (i:Item)
WHERE i.textVector IS NOT NULL
RETURN
  id(i) AS item,
  i.textVector AS vector,
  i.textEncoder AS encoder
