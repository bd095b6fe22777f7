// Purpose: read which of some names the (:Run) nodes of this database have, whoever wrote them.
// Parameters:
//   prefix: beginning of the names
// Columns:
//   runId: a name
MATCH (run:Run)
WHERE run.runId STARTS WITH $prefix
RETURN run.runId AS runId
