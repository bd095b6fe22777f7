// Purpose: remove the links from posts to what they mention; in batches.
// Parameters: none
// Columns: none
MATCH (:Post)-[m:MENTIONS]->()
WHERE m.linkedBy IS NOT NULL
CALL (m) {
  DELETE m
} IN TRANSACTIONS OF 10000 ROWS
