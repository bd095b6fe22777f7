// Purpose: drop an index of graphrec's own.
// Parameters:
//   index: its name
// Columns: none
DROP INDEX $index IF EXISTS
