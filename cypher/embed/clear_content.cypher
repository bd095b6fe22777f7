// Remove the fused vector from items without content.
// Parameters: $rows LIST<STRING> (element ids)
// Columns: none
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row
REMOVE i.contentVector, i.contentEncoder
