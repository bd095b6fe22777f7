// Purpose: remove the label that graphrec gave to indexed nodes; load it with GraphrecItem replaced for users.
// Parameters: none
// Columns: none
MATCH (n:GraphrecItem)
CALL (n) {
  REMOVE n:GraphrecItem
} IN TRANSACTIONS OF 10000 ROWS
