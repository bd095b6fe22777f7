// Purpose: after their links are removed, delete retired runs that were never active; the others stay as history.
// Parameters:
//   runIds: the retired runs
// Columns: none
MATCH (run:Run)
WHERE run.runId IN $runIds AND run.state = 'retired'
SET run.state = 'removed'
WITH run
WHERE run.publishedAt IS NULL
DETACH DELETE run
