// Purpose: count the nodes with a property in which graphrec stores weights; load it with Item replaced.
// Parameters: none
// Columns:
//   nodes: number
MATCH (n:Item)
WHERE n.textWeight IS NOT NULL OR n.imageWeight IS NOT NULL OR n.audioWeight IS NOT NULL
RETURN count(n) AS nodes
