// Purpose: find the items most similar to an item by content: all, or only text, image or audio (exact cosine).
// In Neo4j Browser: :param {item: '50', k: 10, property: 'contentVector'}
// Parameters:
//   item: id of the item
//   k: number of items
//   property: contentVector, textVector, imageVector or audioVector
// Columns:
//   item: id of the item
//   title: of the item
//   score: cosine, 1 is the same direction
MATCH (one:Item {itemId: $item})
WITH one, one[$property] AS vector
WHERE any(x IN vector WHERE x <> 0)
MATCH (i:Item)
WHERE
  i <> one
  AND i.itemId IS NOT NULL
  AND size(i[$property]) = size(vector)
  AND any(x IN i[$property] WHERE x <> 0)
  AND true // i may be shown
WITH i, 2 * vector.similarity.cosine(vector, i[$property]) - 1 AS score
RETURN
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  score
ORDER BY score DESC, item
LIMIT toInteger($k)
