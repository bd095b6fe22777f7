// Wait until every index is online.
// Parameters: seconds - maximum time to wait
// Columns: none
CALL db.awaitIndexes($seconds)
