// Purpose: write what posts say: their tone, what they mention, and what they count as behaviour.
// Parameters:
//   rows: list of [element id of the post, its key, its hash, its tone or null, how it was judged, its time in epoch
//     seconds or null, mentions, behaviours]; a mention is [element id, confidence, tone or null, how it was found], a
//     behaviour [element id of the author, element id of the item, tone, strength]
// Columns: none
UNWIND $rows AS row
MATCH (p:Post)
WHERE elementId(p) = row[0]
WITH
  p,
  row,
  CASE WHEN row[5] IS NULL THEN null ELSE datetime({epochSeconds: row[5]}) END AS at
SET
  p.toneHash = row[2],
  p.toneScore = row[3],
  p.toneBy = row[4],
  p.toneAt = at
WITH p, row, at
CALL (p) {
  MATCH (p)-[old:MENTIONS]->()
  WHERE old.linkedBy IS NOT NULL
  DELETE old
}
CALL (p, row) {
  UNWIND row[6] AS mention
  MATCH (n)
  WHERE elementId(n) = mention[0]
  CREATE (p)-[:MENTIONS {confidence: mention[1], sentiment: mention[2], linkedBy: mention[3]}]->(n)
}
CALL (row, at) {
  UNWIND row[7] AS said
  MATCH (u:User)
  WHERE elementId(u) = said[0]
  MATCH (i:Item)
  WHERE elementId(i) = said[1]
  MERGE (u)-[r:POSTED {postKey: row[1]}]->(i)
  SET r.sentiment = said[2], r.strength = said[3], r.at = at
}
