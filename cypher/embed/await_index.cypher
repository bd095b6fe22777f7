// Wait until an index is online.
// Parameters: $name, $seconds INTEGER
// Columns: none
CALL db.awaitIndex($name, $seconds)
