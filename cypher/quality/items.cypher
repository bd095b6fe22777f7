// Count the items that lack something: every relationship, the source of a modality, or its vector where there is a
// source.
// Parameters: own (types that graphrec writes), text (properties with an item's text), examples (most ids per problem)
// Columns: problem (orphan, text, image, audio, textVector, imageVector, audioVector), count (of items that have it),
//   total (items), examples (ids)
MATCH (i:Item)
WITH
  i.itemId AS key,
  NOT EXISTS {
    MATCH (i)-[r]-()
    WHERE NOT type(r) IN $own
  } AS orphan,
  any(p IN $text WHERE coalesce(i[p] <> '', false)) AS text,
  coalesce(i.image <> '', false) AS image,
  coalesce(i.audio <> '', false) AS audio,
  i.textVector IS NULL AS noText,
  i.imageVector IS NULL AS noImage,
  i.audioVector IS NULL AS noAudio
UNWIND [
  ['orphan', orphan],
  ['text', NOT text],
  ['image', NOT image],
  ['audio', NOT audio],
  ['textVector', text AND noText],
  ['imageVector', image AND noImage],
  ['audioVector', audio AND noAudio]
] AS fault
RETURN
  fault[0] AS problem,
  count(CASE WHEN fault[1] THEN 1 END) AS count,
  count(*) AS total,
  collect(CASE WHEN fault[1] THEN key END)[..$examples] AS examples
