// Purpose: read the stored modality weights that a run has learned for each item.
// Parameters: none
// Columns:
//   node: the item's id in the database
//   weights: of text, image and audio; null if missing
MATCH (i:Item)
WHERE i.textWeight IS NOT NULL OR i.imageWeight IS NOT NULL OR i.audioWeight IS NOT NULL
RETURN elementId(i) AS node, [i.textWeight, i.imageWeight, i.audioWeight] AS weights
