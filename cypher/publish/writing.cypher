// Purpose: check whether a run is still being written by its writer, or another publish has taken over.
// Parameters:
//   runId, token: the open run
// Columns:
//   writing: whether it is
RETURN EXISTS {
  MATCH (run:Run {runId: $runId})
  WHERE run.token = $token AND run.state = 'writing'
} AS writing
