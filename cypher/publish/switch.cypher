// Purpose: activate a run, in one transaction. The previously active run is kept for rollback.
// Parameters:
//   runId, token: the run
//   users, items, similarItems: numbers written; a run with fewer users, or fewer items with edges, is not activated
// Columns:
//   links, similar: number of links and of edges of the run that is active now
MERGE (recommender:Recommender {recommenderId: 'default'})
SET recommender.recommenderId = 'default'
WITH recommender
MATCH (run:Run {runId: $runId})
WHERE
  run.token = $token
  AND run.state IN ['writing', 'ready']
  AND run.users = $users
  AND coalesce(run.similarItems, 0) = $similarItems
SET run.state = 'ready',
  run.items = $items,
  run.publishedAt = datetime.transaction()
WITH recommender, run
CALL (recommender) {
  MATCH (recommender)-[old:ACTIVE]->()
  DELETE old
}
CREATE (recommender)-[:ACTIVE]->(run)
RETURN run.links AS links, run.similar AS similar
