// Purpose: read an item with its properties.
// Parameters:
//   items: the forms in which the id may be stored, most likely first
// Columns:
//   item: the id as it is stored
//   properties: all of them
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN i.itemId AS item, properties(i) AS properties
ORDER BY i.itemId <> $items[0]
LIMIT 1
