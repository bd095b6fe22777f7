// Purpose: remove a user's links and embeddings from the published runs. The runs' counts are reduced in the same
//   transaction, so that publishing one of them again finds it complete. A run that is being written keeps the counts
//   of its writer.
// Parameters:
//   users: the forms in which the id may be stored
// Columns: none
OPTIONAL MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B']
  AND run.fingerprint IS NOT NULL
  AND run.state = 'ready'
// Writing takes the lock before the links are counted.
SET run.state = 'ready'
WITH run
CALL (run) {
  MATCH (u:User)-[r:RECOMMENDED]->()
  WHERE u.userId IN $users AND r.runId = run.runId
  RETURN count(r) AS links
}
CALL (run) {
  MATCH (u:User)
  WHERE u.userId IN $users AND u['embedding' + run.slot] IS NOT NULL
  RETURN count(u) AS known
}
SET run.links = run.links - links,
  run.users = run.users - known
WITH count(*) AS counted
MATCH (u:User)
WHERE u.userId IN $users
REMOVE u.embeddingA, u.embeddingB
WITH u
MATCH (u)-[r:RECOMMENDED]->()
DELETE r
