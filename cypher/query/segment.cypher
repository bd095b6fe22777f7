// Purpose: find the first items of the published lists of a segment's users, to write about them; a predicate on the
//   user u takes the place of (true).
// In Neo4j Browser: :param {runId: 'r', top: 1}
// Parameters:
//   runId: the run
//   top: number of items of a user
// Columns:
//   user, item: ids
//   userNode, itemNode: their element ids
//   title: of the item
MATCH (u:User)
WHERE (true)
CALL (u) {
  MATCH (u)-[r:RECOMMENDED]->(i:Item)
  WHERE
    r.runId = $runId
    AND true // i may be shown
  RETURN r.rank AS rank, i
  ORDER BY rank
  LIMIT toInteger($top)
}
RETURN
  u.userId AS user,
  elementId(u) AS userNode,
  i.itemId AS item,
  elementId(i) AS itemNode,
  coalesce(i.title, toString(i.itemId)) AS title
ORDER BY user, rank
