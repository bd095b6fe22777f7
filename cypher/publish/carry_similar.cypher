// Purpose: give one batch of items the edges that an earlier run gave them. The run counts the items done, in the same
//   transaction, as links.cypher does the users.
// Parameters:
//   nodes: ids of the item nodes
//   before: the earlier run
//   start: items done before this batch
//   runId, token: the open run
// Columns:
//   written: number of edges
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing' AND run.similarItems = $start
SET run.similarItems = $start + size($nodes)
WITH run
UNWIND $nodes AS node
MATCH (j:Item)
WHERE elementId(j) = node
MATCH (j)-[r:SIMILAR]->(i:Item)
WHERE r.runId = $before
CREATE (j)-[:SIMILAR {rank: r.rank, weight: r.weight, runId: run.runId}]->(i)
WITH run, count(*) AS written
SET run.similar = run.similar + written
RETURN written
