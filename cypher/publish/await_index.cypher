// Purpose: wait until an index is filled.
// Parameters:
//   index: its name
//   seconds: how long at most
// Columns: none
CALL db.awaitIndex($index, $seconds)
