// Read every item's vectors of one modality each (null where it has none).
// Parameters: none
// Columns: node (element id), text, image, audio
MATCH (i:Item)
WHERE i.textVector IS NOT NULL OR i.imageVector IS NOT NULL OR i.audioVector IS NOT NULL
RETURN elementId(i) AS node, i.textVector AS text, i.imageVector AS image, i.audioVector AS audio
