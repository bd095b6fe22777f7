// Purpose: titles and pictures of some items.
// In Neo4j Browser: :param {items: ['50']}
// Parameters:
//   items: ids of the items
// Columns:
//   item: the id; an item that is not there has no row
//   title, image: as they are stored; null where there is none
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN i.itemId AS item, i.title AS title, i.image AS image
