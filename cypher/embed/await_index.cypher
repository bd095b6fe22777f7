// Wait until an index answers.
// Parameters: $name, $seconds INTEGER
// Columns: none
CALL db.awaitIndex($name, $seconds)
