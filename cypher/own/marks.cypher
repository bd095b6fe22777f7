// Purpose: read what shows that graphrec has written to this database; a row for each node with the id of graphrec's
//   pointer, one row where there is none.
// Parameters: none
// Columns:
//   runs: list of maps of graphrec's runs: their runId, itemsRunId and modalities
//   pointer: map of the properties of a (:Recommender) node with the id of graphrec's pointer; null: there is none
//   active: whether that node points to one of the runs
OPTIONAL MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
WITH collect(run) AS runs
OPTIONAL MATCH (recommender:Recommender {recommenderId: 'default'})
RETURN
  [run IN runs | run {.runId, .itemsRunId, .modalities}] AS runs,
  properties(recommender) AS pointer,
  EXISTS {
    MATCH (recommender)-[:ACTIVE]->(run:Run)
    WHERE run IN runs
  } AS active
