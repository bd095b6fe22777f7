// Purpose: count what graphrec wrote about posts.
// Parameters: none
// Columns:
//   posted: behaviours
//   mentions: links to items and entities
//   toned: posts with a tone
CALL () {
  MATCH (:User)-[r:POSTED]->(:Item)
  WHERE r.postKey IS NOT NULL
  RETURN count(r) AS posted
}
CALL () {
  MATCH (:Post)-[m:MENTIONS]->()
  WHERE m.linkedBy IS NOT NULL
  RETURN count(m) AS mentions
}
CALL () {
  MATCH (p:Post)
  WHERE p.toneHash IS NOT NULL
  RETURN count(p) AS toned
}
RETURN posted, mentions, toned
