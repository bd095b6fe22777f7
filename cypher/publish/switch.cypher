// Purpose: activate a run, in one transaction. The previously active run is kept for rollback; the others are retired:
//   rollback to them is no longer possible, and their links may be removed.
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
// The order of publishing is that of these numbers: a clock may go back.
SET recommender.publications = coalesce(recommender.publications, 0) + 1,
  run.state = 'ready',
  run.items = $items,
  run.publication = recommender.publications,
  run.publishedAt = datetime.transaction()
WITH recommender, run
CALL (run) {
  MATCH (other:Run)
  WHERE
    other.token =~ '[0-9a-f]{16}'
    AND other.slot IN ['A', 'B', 'C']
    AND other.fingerprint IS NOT NULL
    AND other.state = 'ready'
    AND other <> run
    AND NOT EXISTS { (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(other) }
  SET other.state = 'retired'
}
CALL (recommender) {
  MATCH (recommender)-[old:ACTIVE]->()
  DELETE old
}
CREATE (recommender)-[:ACTIVE]->(run)
RETURN run.links AS links, run.similar AS similar
