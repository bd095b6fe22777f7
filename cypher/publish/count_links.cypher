// Purpose: count a published run's data in the database, to check whether publishing it again would change anything.
// Parameters:
//   runId: the run
// Columns:
//   links: number of links
//   similar: number of edges between items
//   users: number of users with an embedding in the run's slot
//   items: number of items with an embedding in the run's slot for items
MATCH (run:Run {runId: $runId})
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
CALL (run) {
  MATCH ()-[r:RECOMMENDED]->()
  WHERE r.runId = run.runId
  RETURN count(r) AS links
}
CALL (run) {
  MATCH ()-[s:SIMILAR]->()
  WHERE s.runId = coalesce(run.itemsRunId, run.runId)
  RETURN count(s) AS similar
}
CALL (run) {
  MATCH (u:User)
  WHERE u['embedding' + run.slot] IS NOT NULL
  RETURN count(u) AS users
}
CALL (run) {
  MATCH (i:Item)
  WHERE i['embedding' + coalesce(run.itemSlot, run.slot)] IS NOT NULL
  RETURN count(i) AS items
}
RETURN links, similar, users, items
