// Purpose: wait until an index is filled.
// Parameters:
//   index: its name
//   seconds: maximum time to wait
// Columns: none
CALL db.awaitIndex($index, $seconds)
