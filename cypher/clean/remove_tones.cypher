// Purpose: remove the tone of posts; in batches.
// Parameters: none
// Columns: none
MATCH (p:Post)
WHERE p.toneHash IS NOT NULL
CALL (p) {
  REMOVE p.toneHash, p.toneScore, p.toneBy, p.toneAt
} IN TRANSACTIONS OF 10000 ROWS
