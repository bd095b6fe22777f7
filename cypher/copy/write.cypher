// Purpose: keep the texts of a campaign, each at the relationship from its user to its item; a text of the same
//   campaign in its place is replaced.
// Parameters:
//   rows: list of [element id of the user, of the item, text, how, share of sentences supported, sources]
//   campaign: what tells the campaign from others
//   kind, lang, tone: of the texts
//   runId: the run whose lists they are about
// Columns: none
UNWIND $rows AS row
MATCH (u:User)
WHERE elementId(u) = row[0]
MATCH (i:Item)
WHERE elementId(i) = row[1]
MERGE (u)-[c:GRAPHREC_COPY {campaign: $campaign}]->(i)
SET
  c.kind = $kind,
  c.lang = $lang,
  c.tone = $tone,
  c.text = row[2],
  c.how = row[3],
  c.share = row[4],
  c.sources = row[5],
  c.runId = $runId,
  c.writtenAt = datetime()
