// Purpose: write the edges from one batch of items. The run counts the finished items in the same transaction, like
//   links.cypher.
// Parameters:
//   rows: list of [id of the item node, ids of the item nodes that its edges lead to, strongest first, their weights]
//   start: items done before this batch
//   runId, token: the open run
// Columns:
//   written: number of edges
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing' AND run.similarItems = $start
SET run.similarItems = $start + size($rows)
WITH run
UNWIND $rows AS row
MATCH (j:Item)
WHERE elementId(j) = row[0]
UNWIND range(0, size(row[1]) - 1) AS k
MATCH (i:Item)
WHERE elementId(i) = row[1][k]
CREATE (j)-[:SIMILAR {rank: k + 1, weight: row[2][k], runId: run.runId}]->(i)
WITH run, count(*) AS written
SET run.similar = run.similar + written
RETURN written
