// The vectors of one modality, of the items that have one.
// Parameters: none
// Columns: item (internal id), vector, encoder (what made it, or null)
MATCH (i:Item)
WHERE i.textVector IS NOT NULL
RETURN
  id(i) AS item,
  i.textVector AS vector,
  i.textEncoder AS encoder
