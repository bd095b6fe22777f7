// Purpose: read the recommendations of several users from the published run: query/recommend for all at once.
// In Neo4j Browser: :param {users: ['196', '186'], k: 10}
// Parameters:
//   users: their ids, each once
//   k: number of items for each
// Columns:
//   user: id of the user
//   rank: 1 is best; the place of an item that may not be shown stays empty
//   item: id of the item
//   title: of the item
//   score: higher is better; comparable within one user and run
//   runId: the published run
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
// Use one run, even if another is activated meanwhile: all links below belong to it.
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
MATCH (u:User)
WHERE u.userId IN $users
CALL (u, run) {
  MATCH (u)-[r:RECOMMENDED]->(i:Item)
  WHERE
    r.runId = run.runId
    AND true // i may be shown
  RETURN r.rank AS rank, r.score AS score, i
  ORDER BY rank
  LIMIT toInteger($k)
}
RETURN
  u.userId AS user,
  rank,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  score,
  run.runId AS runId
ORDER BY rank
