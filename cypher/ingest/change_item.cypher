// Purpose: change properties of an item.
// Parameters:
//   item: the id
//   properties: name → value; null removes
// Columns:
//   item: the id
MATCH (i:Item)
WHERE i.itemId = $item
SET i += $properties
RETURN i.itemId AS item
