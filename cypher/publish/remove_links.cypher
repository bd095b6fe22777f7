// Purpose: remove the links and the edges between items of retired runs, a bounded batch a transaction. Stopping half-way is harmless.
// Parameters:
//   runIds: the retired runs
// Columns:
//   removed: number of links and edges
MATCH ()-[r:RECOMMENDED|SIMILAR]->()
WHERE r.runId IN $runIds
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS
RETURN count(*) AS removed
