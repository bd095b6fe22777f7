// Purpose: read the recommendations of several users from the published run: query/recommend for all at once.
// In Neo4j Browser: :param {users: ['196', '186'], k: 10}
// Parameters:
//   users: their ids, each once
//   k: number of items for each
// Columns:
//   user: id of the user
//   rank: 1 is best
//   item: id of the item
//   title: of the item
//   score: higher is better; comparable within one user and run
//   runId: the published run
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
// Use one run, even if another is activated meanwhile: all links below belong to it.
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
MATCH (u:User)-[r:RECOMMENDED]->(i:Item)
WHERE u.userId IN $users AND r.runId = run.runId AND r.rank <= $k
RETURN
  u.userId AS user,
  r.rank AS rank,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  r.score AS score,
  run.runId AS runId
ORDER BY rank
