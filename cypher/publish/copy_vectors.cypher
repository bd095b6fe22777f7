// Purpose: copy the embeddings of one batch of nodes from the slot of an earlier run; users, when loaded with Item
//   replaced, and the other way round, when loaded with embeddingA and embeddingB exchanged.
// Parameters:
//   nodes: ids of the nodes
//   runId, token: the open run, in the slot of embeddingB
// Columns:
//   written: number of nodes
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing'
UNWIND $nodes AS node
MATCH (n:Item)
WHERE elementId(n) = node
SET n.embeddingB = n.embeddingA
RETURN count(*) AS written
