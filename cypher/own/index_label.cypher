// Purpose: give the nodes with a vector one label that an index can cover; load it with Item and textVector replaced, and
//   GraphrecItem for users.
// Parameters: none
// Columns: none
MATCH (n:Item)
WHERE n.textVector IS NOT NULL AND NOT n:GraphrecItem
CALL (n) {
  SET n:GraphrecItem
} IN TRANSACTIONS OF 10000 ROWS
