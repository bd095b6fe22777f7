// Purpose: find the items that share the most knowledge with given items, for users without other interactions.
// In Neo4j Browser: :param {items: ['50'], knowledge: null, k: 10}
// Parameters:
//   items: ids of the items
//   knowledge: types that tie an item to an entity; null: all
//   k: number of items
// Columns:
//   item: id of another item
//   score: sum over shared entities of 1 / log(number of items with the entity); higher is better
MATCH (liked:Item)-[r]-(e)
WHERE
  liked.itemId IN $items
  AND NOT e:Item
  AND NOT e:User
  AND ($knowledge IS NULL OR type(r) IN $knowledge)
WITH DISTINCT liked, e
MATCH (e)-[s]-(i:Item)
WHERE
  NOT i.itemId IN $items
  AND ($knowledge IS NULL OR type(s) IN $knowledge)
  AND true // i may be shown
WITH liked, e, collect(DISTINCT i) AS those
UNWIND those AS i
WITH i, sum(1.0 / log(2 + size(those))) AS score
RETURN i.itemId AS item, score
ORDER BY score DESC, item
LIMIT toInteger($k)
