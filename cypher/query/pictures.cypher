// Purpose: read the titles and pictures of items.
// In Neo4j Browser: :param {items: ['50']}
// Parameters:
//   items: ids of the items
// Columns:
//   item: the id; a missing item has no row
//   title, image: as stored; null if missing
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN i.itemId AS item, i.title AS title, i.image AS image
