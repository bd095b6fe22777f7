// Purpose: open a run in a slot that neither the active run uses nor one that rollback can go to. Other runs that are
//   being written are retired in the same transaction.
// Parameters:
//   runId, token: the run's name, and a secret of this writer that every later batch must give
//   createdAt: when it was trained, ISO 8601 text
//   settings, metrics: JSON text
//   fingerprint: of the training data
//   encoders: list of modality=label, the encoders of the content vectors in training
//   modalities: JSON text, mean weight of each modality
//   interest: JSON text, components of the embeddings
//   k: links per user
//   similar: SIMILAR edges per item
//   reasons, reasonUsers: reasons per link; others who must have both items of a reason that rests on them
//   leftOut: hash of the items that are never proposed; empty: none is
//   similarUsers: users who must have both items of a SIMILAR edge; 0: no bound
//   scores: exact, or relative to the best of each user
//   before: the run that must be active; null: any
//   shared: whether this run shares the active run's item embeddings and SIMILAR edges
// Columns: no row if another run is active
//   slot, itemSlot: 'A', 'B' or 'C', the slots of the users' and of the items' embeddings
//   similarItems: number of items that have edges already
MERGE (recommender:Recommender {recommenderId: 'default'})
// Writing locks the pointer before anything is read through it.
SET recommender.recommenderId = 'default'
WITH recommender
OPTIONAL MATCH (recommender)-[:ACTIVE]->(active:Run)
WITH active, CASE WHEN $shared THEN active END AS lender
WHERE $before IS NULL OR active.runId = $before
CALL () {
  MATCH (kept:Run)
  WHERE
    kept.token =~ '[0-9a-f]{16}'
    AND kept.slot IN ['A', 'B', 'C']
    AND kept.fingerprint IS NOT NULL
    AND kept.state = 'ready'
  RETURN collect(kept.slot) AS users, collect(coalesce(kept.itemSlot, kept.slot)) AS items
}
WITH
  lender,
  head([slot IN ['A', 'B', 'C'] WHERE NOT slot IN users]) AS slot,
  coalesce(lender.itemSlot, lender.slot, head([slot IN ['A', 'B', 'C'] WHERE NOT slot IN items])) AS itemSlot
CALL () {
  MATCH (old:Run)
  WHERE
    old.token =~ '[0-9a-f]{16}'
    AND old.slot IN ['A', 'B', 'C']
    AND old.fingerprint IS NOT NULL
    AND old.state = 'writing'
  SET old.state = 'retired'
}
CREATE (run:Run {
  runId: $runId,
  token: $token,
  createdAt: datetime($createdAt),
  state: 'writing',
  slot: slot,
  itemSlot: itemSlot,
  itemsRunId: coalesce(lender.itemsRunId, lender.runId, $runId),
  settings: $settings,
  metrics: $metrics,
  fingerprint: $fingerprint,
  encoders: $encoders,
  modalities: $modalities,
  interest: $interest,
  users: 0,
  items: 0,
  links: 0,
  k: $k,
  similarItems: coalesce(lender.similarItems, 0),
  similar: coalesce(lender.similar, 0),
  similarK: $similar,
  reasons: $reasons,
  reasonUsers: $reasonUsers,
  leftOut: $leftOut,
  similarUsers: $similarUsers,
  scores: $scores
})
RETURN slot, itemSlot, run.similarItems AS similarItems
