// Purpose: what is recommended to a user, by the run that is published.
// In Neo4j Browser: :param {user: '196', k: 10}
// Parameters:
//   user: id of the user
//   k: number of items
// Columns:
//   rank: 1 is best
//   item: id of the item
//   title: of the item
//   score: higher is better; comparable within one user and run
//   runId: the run that says so
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
// One run whatever happens meanwhile: every link below is of this one.
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
MATCH (u:User {userId: $user})-[r:RECOMMENDED]->(i:Item)
WHERE r.runId = run.runId AND r.rank <= $k
RETURN
  r.rank AS rank,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  r.score AS score,
  run.runId AS runId
ORDER BY rank
