// Purpose: write a run's learned modality weights of items, if the run is active.
//   A null weight is removed.
// Parameters:
//   rows: list of [id of the item node, weight of text, of image, of audio]
//   runId: the run
// Columns:
//   written: number of items
MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(:Run {runId: $runId})
UNWIND $rows AS row
MATCH (i:Item)
WHERE elementId(i) = row[0]
SET i.textWeight = row[1],
  i.imageWeight = row[2],
  i.audioWeight = row[3]
RETURN count(*) AS written
