// Purpose: the embedding of some item in the published run, to search by.
// Parameters: none
// Columns:
//   vector: of the item
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
MATCH (i:Item)
WITH
  CASE coalesce(run.itemSlot, run.slot)
    WHEN 'A' THEN i.embeddingA
    WHEN 'B' THEN i.embeddingB
    ELSE i.embeddingC
  END AS vector
WHERE any(x IN vector WHERE x <> 0)
RETURN vector
LIMIT 1
