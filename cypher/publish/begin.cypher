// Purpose: open a run in the slot that readers do not use. All runs but the one that readers see are retired in the same
//   transaction: they can no longer be gone back to, and their links may be removed.
// Parameters:
//   runId, token: the run's name, and a secret of this writer that every later batch shows
//   createdAt: when it was trained, ISO 8601 text
//   settings, metrics: JSON text
//   fingerprint: of the data that it was trained on
//   encoders: list of modality=label, what made the vectors that it was trained on
//   modalities: JSON text, what each modality counts on average
//   interest: JSON text, what the embeddings are made of
//   k: links per user
//   similar: SIMILAR edges per item
//   before: the run that has to be active; null: whichever is
//   shared: whether the active run's item embeddings and SIMILAR edges are this one's too
// Columns: no row where another run is active
//   slot, itemSlot: 'A' or 'B', that of the users' embeddings and that of the items'
//   similarItems: items that have edges already
MERGE (recommender:Recommender {recommenderId: 'default'})
// Writing takes the lock on the pointer before anything is read through it.
SET recommender.recommenderId = 'default'
WITH recommender
OPTIONAL MATCH (recommender)-[:ACTIVE]->(active:Run)
WITH active, CASE WHEN $shared THEN active END AS lender
WHERE $before IS NULL OR active.runId = $before
WITH
  lender,
  {A: 'B', B: 'A'} AS other,
  coalesce(active.slot, 'B') AS users,
  coalesce(active.itemSlot, active.slot, 'B') AS items
WITH lender, other[users] AS slot, CASE WHEN lender IS NULL THEN other[items] ELSE items END AS itemSlot
CALL () {
  MATCH (old:Run)
  WHERE
    old.state IN ['writing', 'ready']
    AND NOT EXISTS { (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(old) }
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
  similarK: $similar
})
RETURN slot, itemSlot, run.similarItems AS similarItems
