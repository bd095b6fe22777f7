// Purpose: remove the links of retired runs, a bounded batch a transaction; or the edges between items that a run wrote,
//   when loaded with RECOMMENDED replaced. Stopping half-way is harmless.
// Parameters:
//   runIds: the runs
// Columns: none
MATCH ()-[r:RECOMMENDED]->()
WHERE r.runId IN $runIds
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS
