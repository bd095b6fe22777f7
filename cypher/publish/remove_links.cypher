// Purpose: remove the links of retired runs in batches of one transaction each; or a run's edges between items, when
//   loaded with RECOMMENDED replaced. Interruption is harmless.
// Parameters:
//   runIds: the runs
// Columns: none
MATCH ()-[r:RECOMMENDED]->()
WHERE r.runId IN $runIds
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS
