// Purpose: remove a run from the history, as it will be published again under its name, or its directory is gone.
// Parameters:
//   runId: the run
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE run.state = 'removed'
DETACH DELETE run
