// Purpose: remove the links of retired runs, a bounded batch a transaction. Stopping half-way is harmless.
// Parameters:
//   runIds: the retired runs
// Columns:
//   removed: number of links
MATCH ()-[r:RECOMMENDED]->()
WHERE r.runId IN $runIds
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS
RETURN count(*) AS removed
