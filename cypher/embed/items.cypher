// Read the content of every item, and of what its vectors were last made.
// Parameters: $text LIST<STRING> (the properties whose text counts)
// Columns: node (element id), key, text, image, audio, hashes and encoders (text, image, audio), contentEncoder
MATCH (i:Item)
RETURN
  elementId(i) AS node,
  i.itemId AS key,
  [p IN $text | i[p]] AS text,
  i.image AS image,
  i.audio AS audio,
  [i.textHash, i.imageHash, i.audioHash] AS hashes,
  [i.textEncoder, i.imageEncoder, i.audioEncoder] AS encoders,
  i.contentEncoder AS contentEncoder
ORDER BY key, node
