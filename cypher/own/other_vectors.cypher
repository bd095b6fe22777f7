// Purpose: count the items with a property of a modality's vectors that graphrec did not write: it writes vector, encoder
//   (name@fingerprint) and hash together. (text is a placeholder.)
// Parameters: none
// Columns:
//   nodes: number
//   key: of one of them
MATCH (i:Item)
WHERE
  (i.textVector IS NOT NULL OR i.textEncoder IS NOT NULL OR i.textHash IS NOT NULL)
  AND NOT coalesce(
    i.textVector IS NOT NULL AND i.textEncoder =~ '(?s).+@.+' AND i.textHash IS NOT NULL,
    false
  )
RETURN count(i) AS nodes, head(collect(i.itemId)) AS key
