// Purpose: write one batch of embeddings into the run's slot; users, when loaded with Item replaced.
// Parameters:
//   rows: list of [id of the node in the database, vector]
//   property: embeddingA or embeddingB, by the slot
//   runId, token: the open run
// Columns:
//   written: number of nodes
MATCH (run:Run {runId: $runId})
WHERE run.token = $token AND run.state = 'writing'
UNWIND $rows AS row
MATCH (n:Item)
WHERE elementId(n) = row[0]
CALL db.create.setNodeVectorProperty(n, $property, row[1])
RETURN count(*) AS written
