// Purpose: read the secret of a published run's writer, to switch readers to the run again.
// Parameters:
//   runId: the run
// Columns:
//   token: the secret
MATCH (run:Run {runId: $runId})
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
RETURN run.token AS token
