// Purpose: find the items whose text, image or audio is nearest to a vector from the items' encoder.
//   `graphrec search` computes such a vector from words, an image or audio.
// In Neo4j Browser: :param {index: 'itemText', vector: [1.0, 0.0], candidates: 10, k: 3}
// Parameters:
//   index: itemText, itemImage or itemAudio
//   vector: LIST<FLOAT>
//   candidates: number of items to compare; more are more accurate: 10 times k, and at least 200
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   score: cosine, 1 is the same direction
CALL db.index.vector.queryNodes($index, toInteger($candidates), $vector)
YIELD node AS i, score
WHERE
  i.itemId IS NOT NULL
  AND EXISTS { (i:Item) }
  AND true // i may be shown
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, 2 * score - 1 AS score
ORDER BY score DESC, item
LIMIT toInteger($k)
