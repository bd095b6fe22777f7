// Purpose: update the metrics of a published run.
// Parameters:
//   runId: the run
//   metrics: JSON text
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
SET run.metrics = $metrics
