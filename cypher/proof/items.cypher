// What the report shows of some items.
// Parameters: items (ids as they are stored)
// Columns: item, title, image (both as they are stored, or null)
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN
  i.itemId AS item,
  i.title AS title,
  i.image AS image
