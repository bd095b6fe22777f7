// Purpose: find the items whose embedding is nearest to a vector (cosine), among the embeddings of the published run,
//   whatever its slot and index. A user's embedding does not find the recommendations: those are by inner product, with
//   further components of the model, and without seen items; query/recommend reads them.
// In Neo4j Browser: :param {vector: [1.0, 0.0], k: 3}
// Parameters:
//   vector: LIST<FLOAT>, as long as the embeddings
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   score: cosine, 1 is the same direction
//   runId: the published run
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
// An approximate index is more accurate for the first few results if more are requested.
CALL db.index.vector.queryNodes(
  'itemEmbedding' + coalesce(run.itemSlot, run.slot),
  CASE
    WHEN $k < 20 THEN 200
    ELSE toInteger(10 * $k)
  END,
  $vector
)
YIELD node AS i, score
WHERE
  i.itemId IS NOT NULL
  AND EXISTS { (i:Item) }
  AND true // i may be shown
RETURN
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  2 * score - 1 AS score,
  run.runId AS runId
ORDER BY score DESC, item
LIMIT toInteger($k)
