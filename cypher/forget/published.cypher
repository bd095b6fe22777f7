// Purpose: remove a user's links and embeddings from the published runs. The runs' counts are reduced in the same
//   transaction, so that publishing one of them again finds it complete. A user may be an item too. A run that is being written keeps the counts
//   of its writer.
// Parameters:
//   users: the forms in which the id may be stored
// Columns: none
OPTIONAL MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
  AND run.state = 'ready'
// Writing takes the lock before the links are counted.
SET run.state = 'ready'
WITH run
CALL (run) {
  MATCH (u:User)-[r:RECOMMENDED]-()
  WHERE u.userId IN $users AND r.runId = run.runId
  RETURN count(DISTINCT r) AS links
}
CALL (run) {
  MATCH (u:User)-[s:SIMILAR]-()
  WHERE u.userId IN $users AND s.runId = coalesce(run.itemsRunId, run.runId)
  RETURN count(DISTINCT s) AS similar
}
CALL (run) {
  MATCH (u:User)
  WHERE u.userId IN $users AND u['embedding' + run.slot] IS NOT NULL
  RETURN count(u) AS known
}
CALL (run) {
  MATCH (u:User)
  WHERE u.userId IN $users AND u['itemEmbedding' + coalesce(run.itemSlot, run.slot)] IS NOT NULL
  RETURN count(u) AS shown
}
SET run.links = run.links - links,
  run.similar = run.similar - similar,
  run.users = run.users - known,
  run.items = run.items - shown
WITH count(*) AS counted
MATCH (u:User)
WHERE u.userId IN $users
REMOVE
  u.embeddingA,
  u.embeddingB,
  u.embeddingC,
  u.itemEmbeddingA,
  u.itemEmbeddingB,
  u.itemEmbeddingC
WITH u
MATCH (u)-[r:RECOMMENDED]-()
WITH DISTINCT r
DELETE r
