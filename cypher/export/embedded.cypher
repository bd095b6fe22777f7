// Check of which modalities some item has a vector.
// Parameters: none
// Columns: text, image, audio, reading (booleans)
RETURN
  EXISTS { MATCH (i:Item) WHERE i.textVector IS NOT NULL } AS text,
  EXISTS { MATCH (i:Item) WHERE i.imageVector IS NOT NULL } AS image,
  EXISTS { MATCH (i:Item) WHERE i.audioVector IS NOT NULL } AS audio,
  EXISTS { MATCH (i:Item) WHERE i.readingVector IS NOT NULL } AS reading
