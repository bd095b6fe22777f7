// Purpose: remove what graphrec wrote about posts, and leave the posts; in batches.
// Parameters: none
// Columns: none
MATCH (:User)-[r:POSTED]->(:Item)
WHERE r.postKey IS NOT NULL
CALL (r) {
  DELETE r
} IN TRANSACTIONS OF 10000 ROWS
