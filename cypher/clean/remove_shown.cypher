// Purpose: remove the impressions that graphrec has written, in batches of one transaction each. Interruption is
//   harmless.
// Parameters: none
// Columns: none
MATCH ()-[s:SHOWN]->()
WHERE s.recentKeys IS NOT NULL
CALL (s) {
  DELETE s
} IN TRANSACTIONS OF 10000 ROWS
