// Purpose: find the newest items, for unknown users.
// In Neo4j Browser: :param {property: 'title', items: null, k: 10}
// Parameters:
//   property: of the items, with their time
//   items: ids of the items to choose from; null: all
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   at: the time as text
MATCH (i:Item)
WHERE
  i.itemId IS NOT NULL
  AND i[$property] IS NOT NULL
  AND ($items IS NULL OR i.itemId IN $items)
  AND true // i may be shown
WITH i, i[$property] AS at
ORDER BY at DESC, i.itemId
LIMIT toInteger($k)
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, toStringOrNull(at) AS at
