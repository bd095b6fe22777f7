// Purpose: count the links of some runs; edges between items, when loaded with RECOMMENDED replaced.
// Parameters:
//   runIds: the runs
// Columns:
//   links: number
MATCH ()-[r:RECOMMENDED]->()
WHERE r.runId IN $runIds
RETURN count(r) AS links
