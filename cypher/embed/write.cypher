// Store one batch of vectors of one modality (text is a placeholder) as 32-bit floats, with encoder and content hash.
// Parameters: $rows LIST<LIST<ANY>> ([element id, vector, content hash]), $property (the vector's), $encoder
// Columns: none
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row[0]
SET i.textEncoder = $encoder, i.textHash = row[2]
WITH i, row[1] AS vector
CALL db.create.setNodeVectorProperty(i, $property, vector)
