// Purpose: count the items with a property of fused vectors that graphrec did not write: it writes vector and encoder
//   (name@fingerprint) together.
// Parameters: none
// Columns:
//   nodes: number
//   key: of one of them
MATCH (i:Item)
WHERE
  (i.contentVector IS NOT NULL OR i.contentEncoder IS NOT NULL)
  AND NOT coalesce(i.contentVector IS NOT NULL AND i.contentEncoder =~ '(?s).+@.+', false)
RETURN count(i) AS nodes, head(collect(i.itemId)) AS key
