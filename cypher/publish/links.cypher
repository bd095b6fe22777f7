// Purpose: write the links of one batch of users. The run counts the finished users in the same transaction, so that a
//   batch that the driver repeats after a lost response, or a writer that has been overtaken, changes nothing.
// Parameters:
//   rows: list of [id of the user node, ids of the item nodes best first, their scores, their reasons]: of each link
//     [kinds, shares, items, what is common], or null
//   start: users done before this batch
//   runId, token: the open run
// Columns:
//   written: number of links
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing' AND run.users = $start
SET run.users = $start + size($rows)
WITH run
UNWIND $rows AS row
MATCH (u:User)
WHERE elementId(u) = row[0]
UNWIND range(0, size(row[1]) - 1) AS k
MATCH (i:Item)
WHERE elementId(i) = row[1][k]
CREATE (u)-[:RECOMMENDED {
  rank: k + 1,
  score: row[2][k],
  runId: run.runId,
  reasonKinds: row[3][k][0],
  reasonShares: row[3][k][1],
  reasonItems: row[3][k][2],
  reasonCommon: row[3][k][3]
}]->(i)
WITH run, count(*) AS written
SET run.links = run.links + written
RETURN written
