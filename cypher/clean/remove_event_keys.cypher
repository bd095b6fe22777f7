// Purpose: remove the keys of events from behaviours and searches, which stay, in batches of one transaction each (RATED
//   is a placeholder for their types). Interruption is harmless.
// Parameters: none
// Columns: none
MATCH ()-[r:RATED]->()
WHERE r.eventKey IS NOT NULL
CALL (r) {
  REMOVE r.eventKey
} IN TRANSACTIONS OF 10000 ROWS
