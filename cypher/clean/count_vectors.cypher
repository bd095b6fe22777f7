// Purpose: count the nodes with a vector of one modality that graphrec wrote, whatever their label (text is a placeholder).
// Parameters: none
// Columns:
//   nodes: number
MATCH (n)
WHERE n.textVector IS NOT NULL AND n.textEncoder =~ '(?s).+@.+' AND n.textHash IS NOT NULL
RETURN count(n) AS nodes
