// Read how long an item's text vector is (text stands for any modality).
// Parameters: $node (element id)
// Columns: length
MATCH (i:Item)
WHERE elementId(i) = $node
RETURN size(i.textVector) AS length
