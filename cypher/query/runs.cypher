// Purpose: list the runs published in this database, newest first. Nodes of the same label that graphrec did not write
//   are left out.
// Parameters: none
// Columns:
//   runId: the run
//   active: whether the run is active
//   state: writing, ready (can be activated at once), retired, removed (history)
//   createdAt, publishedAt: times; publishedAt is null before the run is published
//   publication: number of its last publication, counted in this database; 0: none, or by an earlier release
//   users, items, links, k: numbers published
//   similar, similarK, similarItems: edges between items; most edges per item; items with edges
//   reasons, reasonUsers: reasons per link; others who must have both items of a reason that rests on them
//   leftOut: hash of the items that were never to be proposed; empty: none was
//   metrics, settings: JSON text
//   fingerprint: of the training data
//   encoders: list of modality=label, the encoders of the content vectors in training
//   modalities: JSON text, mean weight of each modality
//   interest: JSON text, components of the embeddings
//   slot, itemSlot: slots of its user and item embeddings
//   itemsRunId: the run that wrote its item embeddings and SIMILAR edges: itself, or a run with the same items
MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
RETURN
  run.runId AS runId,
  EXISTS { (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(run) } AS active,
  run.state AS state,
  run.createdAt AS createdAt,
  run.publishedAt AS publishedAt,
  coalesce(run.publication, 0) AS publication,
  run.users AS users,
  run.items AS items,
  run.links AS links,
  run.k AS k,
  coalesce(run.similar, 0) AS similar,
  coalesce(run.similarK, 0) AS similarK,
  coalesce(run.similarItems, 0) AS similarItems,
  coalesce(run.reasons, 0) AS reasons,
  coalesce(run.reasonUsers, 0) AS reasonUsers,
  coalesce(run.leftOut, '') AS leftOut,
  coalesce(run.similarUsers, 0) AS similarUsers,
  coalesce(run.scores, 'exact') AS scores,
  run.metrics AS metrics,
  run.settings AS settings,
  run.fingerprint AS fingerprint,
  coalesce(run.encoders, []) AS encoders,
  coalesce(run.modalities, '{}') AS modalities,
  coalesce(run.interest, '{}') AS interest,
  run.slot AS slot,
  coalesce(run.itemSlot, run.slot) AS itemSlot,
  coalesce(run.itemsRunId, run.runId) AS itemsRunId
ORDER BY
  active DESC,
  publication DESC,
  coalesce(run.publishedAt, run.createdAt) DESC
