// Read the content of every item, and of what its vectors were last made.
// Parameters: $text LIST<STRING> (the properties whose text counts)
// Columns: node (element id), key, text, image, audio, hashes and encoders (text, image, audio, reading),
//   contentEncoder, weights (text, image, audio: what a published run gives each)
MATCH (i:Item)
RETURN
  elementId(i) AS node,
  i.itemId AS key,
  [p IN $text | i[p]] AS text,
  i.image AS image,
  i.audio AS audio,
  [i.textHash, i.imageHash, i.audioHash, i.readingHash] AS hashes,
  [i.textEncoder, i.imageEncoder, i.audioEncoder, i.readingEncoder] AS encoders,
  i.contentEncoder AS contentEncoder,
  [i.textWeight, i.imageWeight, i.audioWeight] AS weights
ORDER BY key, node
