// Purpose: what is known of some users beside the run that is published; a row a user, in the order that is asked.
// In Neo4j Browser: :param {users: [['196', 196]], blocked: ['BLOCKED']}
// Parameters:
//   users: a list a user: the ways in which the id may be stored, the likeliest first; empty: nobody in the graph
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
UNWIND range(0, size($users) - 1) AS place
CALL (place) {
  OPTIONAL MATCH (u:User)
  WHERE u.userId IN $users[place]
  RETURN u
  ORDER BY u.userId <> $users[place][0]
  LIMIT 1
}
RETURN
  u.userId AS user,
  run.runId AS runId,
  run.k AS k,
  CASE run.slot
    WHEN 'A' THEN u.embeddingA
    ELSE u.embeddingB
  END IS NOT NULL AS inRun,
  EXISTS { (u)-[:$any($blocked)]->() } AS blocks
ORDER BY place
