// Purpose: what is recommended to some users, by the run that is published: query/recommend for all of them at once.
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
//   runId: the run that says so
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
// One run whatever happens meanwhile: every link below is of this one.
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
UNWIND $users AS key
MATCH (u:User {userId: key})-[r:RECOMMENDED]->(i:Item)
WHERE r.runId = run.runId AND r.rank <= $k
RETURN
  u.userId AS user,
  r.rank AS rank,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  r.score AS score,
  run.runId AS runId
ORDER BY rank
