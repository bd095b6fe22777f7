// Purpose: list the titles of all items, if they are few, to find titles in what people say.
// In Neo4j Browser: :param {limit: 50000}
// Parameters:
//   limit: number of items at most
// Columns:
//   item: id of the item
//   title: of the item
MATCH (i:Item)
WHERE i.itemId IS NOT NULL AND i.title IS NOT NULL AND true // i may be shown
RETURN i.itemId AS item, toString(i.title) AS title
LIMIT toInteger($limit)
