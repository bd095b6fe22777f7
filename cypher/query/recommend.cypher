// Purpose: read a user's recommendations from the published run.
// In Neo4j Browser: :param {user: '196', k: 10}
// Parameters:
//   user: id of the user
//   k: number of items
// Columns:
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
MATCH (u:User {userId: $user})-[r:RECOMMENDED]->(i:Item)
WHERE
  r.runId = run.runId
  AND true // i may be shown
RETURN
  r.rank AS rank,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  r.score AS score,
  run.runId AS runId
ORDER BY rank
LIMIT toInteger($k)
