// Purpose: read the published links of users, each from one run, with all that says whether they are enough: for the
//   service. All users in one row, which the driver reads several times as fast as a row each.
// In Neo4j Browser: :param {users: [['196', 196]], runs: [null], blocked: ['BLOCKED']}
// Parameters:
//   users: one list per user: the forms in which the id may be stored, most likely first
//   runs: one per user: the run to read; null, or one that is not kept: the active run
//   blocked: relationship types by which a user blocks
// Columns:
//   users: a list per user, in the order given: the stored id, null if there is no such user; the run, null if none is
//     published; whether the run includes the user; whether the user blocks anything; and the links, a list of
//     [item, title, score, when it expires as stored], best first
OPTIONAL MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(active:Run)
WITH active
ORDER BY active.publishedAt DESC
LIMIT 1
UNWIND range(0, size($users) - 1) AS place
CALL (place, active) {
  OPTIONAL MATCH (chosen:Run {runId: $runs[place]})
  WHERE chosen.state = 'ready'
  RETURN coalesce(chosen, active) AS run
}
CALL (place) {
  OPTIONAL MATCH (u:User)
  WHERE u.userId IN $users[place]
  RETURN u
  ORDER BY u.userId <> $users[place][0]
  LIMIT 1
}
WITH
  place,
  u.userId AS user,
  run.runId AS runId,
  CASE run.slot // no vector is read
    WHEN 'A' THEN u.embeddingA IS NOT NULL
    WHEN 'B' THEN u.embeddingB IS NOT NULL
    ELSE u.embeddingC IS NOT NULL
  END AS inRun,
  EXISTS { // or by a path
    MATCH (u)-[b:BLOCKED]->(n)
    WHERE type(b) IN $blocked
    RETURN n
  } AS blocks,
  COLLECT {
    MATCH (u)-[r:RECOMMENDED]->(i:Item)
    WHERE
      r.runId = run.runId
      AND true // i may be shown
    RETURN [
        i.itemId,
        coalesce(i.title, toString(i.itemId)),
        r.score,
        null // when i expires
      ]
    ORDER BY r.rank
  } AS links
ORDER BY place
RETURN collect([user, runId, inRun, blocks, links]) AS users
