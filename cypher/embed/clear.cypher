// Remove one modality (text stands for any) from items whose content is gone or cannot be read.
// Parameters: $rows LIST<STRING> (element ids)
// Columns: none
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row
REMOVE i.textVector, i.textEncoder, i.textHash
