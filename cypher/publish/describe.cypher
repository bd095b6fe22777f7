// Purpose: update the metrics of a published run.
// Parameters:
//   runId: the run
//   metrics: JSON text
// Columns: none
MATCH (run:Run {runId: $runId})
SET run.metrics = $metrics
