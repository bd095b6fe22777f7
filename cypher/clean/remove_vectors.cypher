// Purpose: remove the vectors of one modality that graphrec wrote, in batches of one transaction each (text is a
//   placeholder).
// Parameters: none
// Columns: none
MATCH (n)
WHERE n.textVector IS NOT NULL AND n.textEncoder =~ '(?s).+@.+' AND n.textHash IS NOT NULL
CALL (n) {
  REMOVE n.textVector, n.textEncoder, n.textHash
} IN TRANSACTIONS OF 10000 ROWS
