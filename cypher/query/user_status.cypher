// Purpose: how a user stands to the run that is published; one row in any case.
// In Neo4j Browser: :param {users: ['196', 196], blocked: ['BLOCKED']}
// Parameters:
//   users: the ways in which the id may be stored
//   blocked: types of relationships by which a user blocks
// Columns:
//   user: the id as it is stored; null: no such user
//   runId: the run; null: none is published
//   k: links per user
//   inRun: whether the run knows the user
//   blocks: whether the user blocks anything
OPTIONAL MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
OPTIONAL MATCH (u:User)
WHERE u.userId IN $users
RETURN
  u.userId AS user,
  run.runId AS runId,
  run.k AS k,
  CASE run.slot
    WHEN 'A' THEN u.embeddingA
    ELSE u.embeddingB
  END IS NOT NULL AS inRun,
  EXISTS { (u)-[:$any($blocked)]->() } AS blocks
LIMIT 1
