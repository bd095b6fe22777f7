// Store one batch of fused vectors as 32-bit floats, with the label of the fusion.
// Parameters: $rows LIST<LIST<ANY>> ([element id, vector]), $encoder
// Columns: none
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row[0]
SET i.contentEncoder = $encoder
WITH i, row[1] AS vector
CALL db.create.setNodeVectorProperty(i, 'contentVector', vector)
