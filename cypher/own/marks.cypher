// Purpose: read what shows that graphrec has written to this database; always one row.
// Parameters: none
// Columns:
//   pointers: number of (:Recommender) nodes with the id of graphrec's pointer
//   ours: number of them that graphrec wrote
//   indexes: names of the indexes and constraints that it made; null: not recorded
//   labels: labels of the users and items of all runs; null: not recorded
//   runs: names of its runs
//   itemRuns: names of the runs that wrote the shown SIMILAR edges
//   weighed: whether graphrec has written weights of modalities, as recorded; without a record, whether a run had any
CALL () {
  MATCH (run:Run)
  WHERE
    run.token =~ '[0-9a-f]{16}'
    AND run.slot IN ['A', 'B', 'C']
    AND run.fingerprint IS NOT NULL
  RETURN
    collect(run.runId) AS runs,
    collect(coalesce(run.itemsRunId, run.runId)) AS itemRuns,
    any(modalities IN collect(run.modalities) WHERE modalities <> '{}') AS weighed
}
OPTIONAL MATCH (recommender:Recommender {recommenderId: 'default'})
WITH
  runs,
  itemRuns,
  weighed,
  recommender,
  recommender.ownIndexes IS NOT NULL
  OR EXISTS {
    MATCH (recommender)-[:ACTIVE]->(run:Run)
    WHERE
      run.token =~ '[0-9a-f]{16}'
      AND run.slot IN ['A', 'B', 'C']
      AND run.fingerprint IS NOT NULL
  }
  OR (size(runs) > 0 AND size(keys(recommender)) = 1) AS ours
WITH
  runs,
  itemRuns,
  weighed,
  count(recommender) AS pointers,
  count(CASE WHEN ours THEN recommender END) AS ours,
  head(collect(CASE WHEN ours THEN recommender.ownIndexes END)) AS indexes,
  head(collect(CASE WHEN ours THEN recommender.ownLabels END)) AS labels,
  collect(CASE WHEN ours THEN recommender.ownWeights END) AS weights
RETURN
  pointers,
  ours,
  indexes,
  labels,
  runs,
  itemRuns,
  CASE
    WHEN indexes IS NULL THEN weighed
    ELSE true IN weights
  END AS weighed
