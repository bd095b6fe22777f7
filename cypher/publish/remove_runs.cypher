// Purpose: after their links are removed, delete retired runs that were never active; the others stay as history.
// Parameters:
//   runIds: the retired runs
// Columns: none
MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
  AND run.runId IN $runIds
  AND run.state = 'retired'
SET run.state = 'removed'
WITH run
WHERE run.publishedAt IS NULL
DETACH DELETE run
