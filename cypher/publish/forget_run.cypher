// Purpose: remove a run from the history, as it will be published again under its name, or its directory is gone.
// Parameters:
//   runId: the run
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
  AND run.state = 'removed'
DETACH DELETE run
