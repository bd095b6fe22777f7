// Purpose: the runs published in this database, newest first.
// Parameters: none
// Columns:
//   runId: the run
//   active: whether it is the one that readers see
//   state: writing, ready (readers can be sent there at once), retired, removed (history)
//   createdAt, publishedAt: ISO 8601 text
//   users, items, links, k: what it published
//   similar, similarK, similarItems: edges between items; at most how many an item has; items that they leave
//   metrics, settings: JSON text
//   fingerprint: of the data that it was trained on
//   encoders: list of modality=label, what made the vectors that it was trained on
//   modalities: JSON text, what each modality counts on average
//   interest: JSON text, what the embeddings are made of
//   slot, itemSlot: which of the two embeddings of users, and of items, is its own
//   itemsRunId: the run that wrote its item embeddings and SIMILAR edges: itself, or one whose items are the same
//   token: secret of the writer
MATCH (run:Run)
WHERE run.runId IS NOT NULL AND run.slot IS NOT NULL
RETURN
  run.runId AS runId,
  EXISTS { (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run) } AS active,
  run.state AS state,
  toString(run.createdAt) AS createdAt,
  toString(run.publishedAt) AS publishedAt,
  run.users AS users,
  run.items AS items,
  run.links AS links,
  run.k AS k,
  coalesce(run.similar, 0) AS similar,
  coalesce(run.similarK, 0) AS similarK,
  coalesce(run.similarItems, 0) AS similarItems,
  run.metrics AS metrics,
  run.settings AS settings,
  run.fingerprint AS fingerprint,
  coalesce(run.encoders, []) AS encoders,
  coalesce(run.modalities, '{}') AS modalities,
  coalesce(run.interest, '{}') AS interest,
  run.slot AS slot,
  coalesce(run.itemSlot, run.slot) AS itemSlot,
  coalesce(run.itemsRunId, run.runId) AS itemsRunId,
  run.token AS token
ORDER BY active DESC, coalesce(run.publishedAt, run.createdAt) DESC
