// Purpose: count the relationships of a type that graphrec did not write: its own have the name of a run. (SIMILAR is a
//   placeholder.)
// Parameters: none
// Columns:
//   count: number
MATCH ()-[r:SIMILAR]->()
WHERE r.runId IS NULL
RETURN count(r) AS count
