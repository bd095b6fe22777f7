// Purpose: forget a run of the history, so that it can be published anew under its name.
// Parameters:
//   runId: the run
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE run.state = 'removed'
DETACH DELETE run
