// Purpose: count the nodes with a fused vector that graphrec wrote, whatever their label.
// Parameters: none
// Columns:
//   nodes: number
MATCH (n)
WHERE n.contentVector IS NOT NULL AND n.contentEncoder =~ '(?s).+@.+'
RETURN count(n) AS nodes
