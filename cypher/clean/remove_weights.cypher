// Purpose: remove the weights of a label's nodes, in batches of one transaction each; load it with Item replaced.
// Parameters: none
// Columns: none
MATCH (n:Item)
WHERE n.textWeight IS NOT NULL OR n.imageWeight IS NOT NULL OR n.audioWeight IS NOT NULL
CALL (n) {
  REMOVE n.textWeight, n.imageWeight, n.audioWeight
} IN TRANSACTIONS OF 10000 ROWS
