// Read the length of an item's text vector (text is a placeholder for any modality).
// Parameters: $node (element id)
// Columns: length
MATCH (i:Item)
WHERE elementId(i) = $node
RETURN size(i.textVector) AS length
