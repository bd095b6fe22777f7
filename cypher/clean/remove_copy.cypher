// Purpose: remove the texts that graphrec has written, in batches of one transaction each. Interruption is harmless.
// Parameters: none
// Columns: none
MATCH ()-[c:GRAPHREC_COPY]->()
CALL (c) {
  DELETE c
} IN TRANSACTIONS OF 10000 ROWS
