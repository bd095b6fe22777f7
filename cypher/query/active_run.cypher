// Purpose: read which run is active: one row, or none.
// Parameters: none
// Columns:
//   runId: the active run
//   publishedAt: time of its publication
//   users, items: numbers published
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
RETURN
  run.runId AS runId,
  run.publishedAt AS publishedAt,
  run.users AS users,
  run.items AS items
ORDER BY publishedAt DESC
LIMIT 1
