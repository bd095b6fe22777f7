// Remove one modality's vectors (text is a placeholder) from items with deleted or unreadable content.
// Parameters: $rows LIST<STRING> (element ids)
// Columns: none
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row
REMOVE i.textVector, i.textEncoder, i.textHash
