// Purpose: find the items most similar to an item by content, with a vector index and exact comparison (cosine).
// In Neo4j Browser: :param {item: '50', k: 10, property: 'textVector', index: 'itemText', dimensions: 2}
// Parameters:
//   item: id of the item
//   k: number of items
//   property: contentVector, textVector, imageVector or audioVector
//   index: of that property: itemContent, itemText, itemImage or itemAudio
//   dimensions: of the index
// Columns:
//   item: id of the item
//   title: of the item
//   score: cosine, 1 is the same direction
MATCH (one:Item {itemId: $item})
WITH one, one[$property] AS vector
WHERE size(vector) = $dimensions AND any(x IN vector WHERE x <> 0)
// An approximate index is more accurate for the first few results if more are requested.
CALL db.index.vector.queryNodes(
  $index,
  CASE
    WHEN $k < 20 THEN 200
    ELSE toInteger(10 * $k)
  END,
  vector
)
YIELD node AS i
WHERE
  i <> one
  AND EXISTS { (i:Item) }
  AND true // i may be shown
WITH i, 2 * vector.similarity.cosine(vector, i[$property]) - 1 AS score
RETURN
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  score
ORDER BY score DESC, item
LIMIT toInteger($k)
