// Read the content of every item, with the hashes and encoders of its stored vectors.
// Parameters: $text LIST<STRING> (the text properties)
// Columns: node (element id), key, text, image, audio, hashes and encoders (text, image, audio, reading),
//   contentEncoder, weights (text, image, audio: those of a published run)
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
