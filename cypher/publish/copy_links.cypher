// Purpose: copy the links of one batch of users from an earlier run, with their reasons. The run counts the finished users in the same
//   transaction, like links.cypher.
// Parameters:
//   nodes: ids of the user nodes
//   before: the earlier run
//   start: users done before this batch
//   runId, token: the open run
// Columns:
//   written: number of links
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing' AND run.users = $start
SET run.users = $start + size($nodes)
WITH run
UNWIND $nodes AS node
MATCH (u:User)
WHERE elementId(u) = node
MATCH (u)-[r:RECOMMENDED]->(i:Item)
WHERE r.runId = $before
CREATE (u)-[:RECOMMENDED {
  rank: r.rank,
  score: r.score,
  runId: run.runId,
  reasonKinds: r.reasonKinds,
  reasonShares: r.reasonShares,
  reasonItems: r.reasonItems,
  reasonCommon: r.reasonCommon
}]->(i)
WITH run, count(*) AS written
SET run.links = run.links + written
RETURN written
