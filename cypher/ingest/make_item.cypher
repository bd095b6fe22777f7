// Purpose: make an item, unless there is one of its id.
// Parameters:
//   item: the id
//   properties: its properties
// Columns:
//   item: the id
MERGE (i:Item {itemId: $item})
ON CREATE
  SET i += $properties
RETURN i.itemId AS item
