// Waits until every index is online.
// Parameters: seconds - how long at most
// Columns: none
CALL db.awaitIndexes($seconds)
