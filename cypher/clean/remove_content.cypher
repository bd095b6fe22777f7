// Purpose: remove the fused vectors that graphrec wrote, in batches of one transaction each.
// Parameters: none
// Columns: none
MATCH (n)
WHERE n.contentVector IS NOT NULL AND n.contentEncoder =~ '(?s).+@.+'
CALL (n) {
  REMOVE n.contentVector, n.contentEncoder
} IN TRANSACTIONS OF 10000 ROWS
