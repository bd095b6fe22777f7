// Purpose: list the nodes with the most posts.
// Parameters:
//   since: the first day; null: any
//   confidence: least confidence of a mention
//   most: nodes
// Columns:
//   node: element id
//   posts: number
MATCH (n)<-[m:MENTIONS]-(p:Post)
WHERE m.confidence >= $confidence AND p.toneAt IS NOT NULL AND ($since IS NULL OR p.toneAt >= $since)
WITH n, count(DISTINCT p) AS posts
ORDER BY posts DESC, elementId(n)
LIMIT $most
RETURN elementId(n) AS node, posts
