// Purpose: forget a run of the history: it is to be published anew under its name, or its directory is gone.
// Parameters:
//   runId: the run
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE run.state = 'removed'
DETACH DELETE run
