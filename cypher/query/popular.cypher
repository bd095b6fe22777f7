// Purpose: find the items with the most users, for unknown users.
// In Neo4j Browser: :param {behaviours: null, items: null, k: 10}
// Parameters:
//   behaviours: behaviour types; null: all types except graphrec's own and BLOCKED
//   items: ids of the items to choose from; null: all
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   users: number of users
CALL () { // or by a path
  MATCH (u:User)-[b]-(i:Item)
  WHERE
    ($behaviours IS NULL OR type(b) IN $behaviours)
    AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY', 'BLOCKED']
    AND i.itemId IS NOT NULL
  RETURN u, i
}
WITH i, count(DISTINCT u) AS users
WHERE
  ($items IS NULL OR i.itemId IN $items)
  AND true // i may be shown
WITH i, users
ORDER BY users DESC, i.itemId
LIMIT toInteger($k)
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, users
ORDER BY users DESC, item
