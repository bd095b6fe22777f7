// Purpose: count the posts about nodes by day, and give the mean tone in which they are mentioned.
// Parameters:
//   nodes: element ids
//   since: the first day; null: any
//   confidence: least confidence of a mention
// Columns:
//   node: element id
//   day: a date
//   posts: number
//   judged: number of those with a tone
//   tone: their mean tone; null: none has one
MATCH (n)<-[m:MENTIONS]-(p:Post)
WHERE
  elementId(n) IN $nodes
  AND m.confidence >= $confidence
  AND p.toneAt IS NOT NULL
  AND ($since IS NULL OR p.toneAt >= $since)
RETURN
  elementId(n) AS node,
  date(p.toneAt) AS day,
  count(DISTINCT p) AS posts,
  count(m.sentiment) AS judged,
  avg(m.sentiment) AS tone
ORDER BY node, day
