// Purpose: wait until all indexes are filled.
// Parameters:
//   seconds: at most this long
// Columns: none
CALL db.awaitIndexes($seconds)
