// Purpose: find items with a title similar to a text, by the full-text index that publishing creates.
// In Neo4j Browser: :param {words: 'toy~ story~', limit: 50}
// Parameters:
//   words: a Lucene query
//   limit: number of items at most
// Columns:
//   item: id of the item
//   title: of the item
CALL db.index.fulltext.queryNodes('itemTitle', $words, {limit: toInteger($limit)})
YIELD node, score
WHERE
  EXISTS { (node:Item) }
  AND node.title IS NOT NULL
  AND node.itemId IS NOT NULL
  AND true // node may be shown
RETURN node.itemId AS item, toString(node.title) AS title
ORDER BY score DESC, item
