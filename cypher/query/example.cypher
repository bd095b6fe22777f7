// Purpose: return a user and items for which the other queries have results; always one row.
// Parameters: none
// Columns:
//   runId: the run that is published; null: none is
//   user: id of a user with recommendations of that run; of any user where there is none
//   item: id of the item that this user is recommended first; of any item where there is none
//   title: of that item
//   content: id of an item with a fused content vector; null: none has one
OPTIONAL MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run:Run)
WITH run
ORDER BY run.publishedAt DESC
LIMIT 1
CALL (run) {
  OPTIONAL MATCH (u:User)-[r:RECOMMENDED]->(i:Item)
  WHERE r.runId = run.runId AND r.rank = 1
  RETURN u, i
  LIMIT 1
}
CALL () {
  OPTIONAL MATCH (u:User)
  RETURN u AS anyUser
  LIMIT 1
}
CALL () {
  OPTIONAL MATCH (i:Item)
  RETURN i AS anyItem
  LIMIT 1
}
CALL () {
  OPTIONAL MATCH (i:Item)
  WHERE i.contentVector IS NOT NULL AND any(x IN i.contentVector WHERE x <> 0)
  RETURN i AS withContent
  LIMIT 1
}
WITH run, coalesce(u, anyUser) AS u, coalesce(i, anyItem) AS i, withContent
RETURN
  run.runId AS runId,
  u.userId AS user,
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  withContent.itemId AS content
