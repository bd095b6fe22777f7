// Purpose: read the published lists of all users, in the order of their ids, each from rank 1.
// In Neo4j Browser: :param {runId: 'r', k: 10}
// Parameters:
//   runId: the run
//   k: number of items of a user
// Columns:
//   user, item: ids
//   rank: 1 is best
//   score: higher is better; comparable within one user and run
//   title: of the item
MATCH (u:User)
WHERE u.userId IS NOT NULL
WITH u
ORDER BY u.userId
CALL (u) {
  MATCH (u)-[r:RECOMMENDED]->(i:Item)
  WHERE
    r.runId = $runId
    AND r.rank <= $k
    AND true // i may be shown
  RETURN r.rank AS rank, r.score AS score, i
  ORDER BY rank
}
RETURN
  u.userId AS user,
  i.itemId AS item,
  rank,
  score,
  coalesce(i.title, toString(i.itemId)) AS title
