// Purpose: remove the embeddings of items from a slot; of users, when loaded with Item replaced; from the other slot,
//   when loaded with embeddingA replaced.
// Parameters:
//   nodes: ids of the nodes
//   runId, token: the open run
// Columns: none
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing'
UNWIND $nodes AS node
MATCH (n:Item)
WHERE elementId(n) = node
REMOVE n.embeddingA
