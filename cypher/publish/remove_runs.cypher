// Purpose: after their links are gone, forget retired runs that were never shown; the others stay as history.
// Parameters:
//   runIds: the retired runs
// Columns: none
MATCH (run:Run)
WHERE run.runId IN $runIds AND run.state = 'retired'
SET run.state = 'removed'
WITH run
WHERE run.publishedAt IS NULL
DETACH DELETE run
