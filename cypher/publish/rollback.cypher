// Purpose: reactivate the run published before the active one, in one transaction.
// Parameters: none
// Columns:
//   runId: the run that is active now
//   before: the run that was active before
MATCH (recommender:Recommender {recommenderId: 'default'})
SET recommender.recommenderId = 'default'
WITH recommender
MATCH (recommender)-[old:ACTIVE]->(active:Run)
MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
  AND run.state = 'ready'
  AND (
    coalesce(run.publication, 0) < coalesce(active.publication, 0)
    OR (
      coalesce(run.publication, 0) = coalesce(active.publication, 0)
      AND run.publishedAt < active.publishedAt
    )
  )
WITH recommender, old, active, run
ORDER BY coalesce(run.publication, 0) DESC, run.publishedAt DESC
LIMIT 1
DELETE old
CREATE (recommender)-[:ACTIVE]->(run)
RETURN run.runId AS runId, active.runId AS before
