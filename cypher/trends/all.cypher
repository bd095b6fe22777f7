// Purpose: count all posts by day, and give their mean tone.
// Parameters:
//   since: the first day; null: any
// Columns:
//   day: a date
//   posts: number
//   judged: number of those with a tone
//   tone: their mean tone; null: none has one
MATCH (p:Post)
WHERE p.toneAt IS NOT NULL AND ($since IS NULL OR p.toneAt >= $since)
RETURN date(p.toneAt) AS day, count(p) AS posts, count(p.toneScore) AS judged, avg(p.toneScore) AS tone
ORDER BY day
