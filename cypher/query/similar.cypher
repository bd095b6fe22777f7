// Purpose: find the items most similar to an item, by the embeddings of the published run (cosine).
// In Neo4j Browser: :param {item: '50', k: 10}
// Parameters:
//   item: id of the item
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   score: cosine, 1 is the same direction
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
MATCH (one:Item {itemId: $item})
WITH one, coalesce(run.itemSlot, run.slot) AS slot
WITH
  one,
  slot,
  CASE slot
    WHEN 'A' THEN one.embeddingA
    WHEN 'B' THEN one.embeddingB
    ELSE one.embeddingC
  END AS vector
WHERE any(x IN vector WHERE x <> 0)
// An approximate index is more accurate for the first few results if more are requested.
CALL db.index.vector.queryNodes(
  'itemEmbedding' + slot,
  CASE
    WHEN $k < 20 THEN 200
    ELSE toInteger(10 * $k)
  END,
  vector
)
YIELD node, score
WHERE
  node <> one
  AND EXISTS { (node:Item) }
  AND true // node may be shown
RETURN
  node.itemId AS item,
  coalesce(node.title, toString(node.itemId)) AS title,
  2 * score - 1 AS score
ORDER BY score DESC, item
LIMIT toInteger($k)
