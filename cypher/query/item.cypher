// Purpose: find an item by its id.
// In Neo4j Browser: :param {items: ['50', 50]}
// Parameters:
//   items: the forms in which the id may be stored
// Columns:
//   item: the id as it is stored
//   title: of the item
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title
LIMIT 1
