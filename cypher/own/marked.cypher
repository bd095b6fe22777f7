// Purpose: find a node with a vector that graphrec wrote; load it with Item and contentVector, contentEncoder replaced.
// Parameters: none
// Columns:
//   node: its id in the database
MATCH (i:Item)
WHERE i.contentVector IS NOT NULL AND i.contentEncoder =~ '(?s).+@.+'
RETURN elementId(i) AS node
LIMIT 1
