// Drop an index.
// Parameters: $name
// Columns: none
DROP INDEX $name IF EXISTS
