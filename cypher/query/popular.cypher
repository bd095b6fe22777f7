// Purpose: the items that most users have done something with, for somebody of whom nothing is known.
// In Neo4j Browser: :param {behaviours: null, k: 10}
// Parameters:
//   behaviours: types of behaviour that count; null: every type but those of graphrec and BLOCKED
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   users: how many users did so
MATCH (u:User)-[b]-(i:Item)
WHERE
  ($behaviours IS NULL OR type(b) IN $behaviours)
  AND NOT type(b) IN ['RECOMMENDED', 'BLOCKED']
WITH i, count(DISTINCT u) AS users
ORDER BY users DESC, i.itemId
LIMIT $k
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, users
ORDER BY users DESC, item
