// Purpose: open a run in the free slot. All runs except the active one are retired in the same transaction: rollback to
//   them is no longer possible, and their links may be removed.
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
//   before: the run that must be active; null: any
//   shared: whether this run shares the active run's item embeddings and SIMILAR edges
// Columns: no row if another run is active
//   slot, itemSlot: 'A' or 'B', the slots of the users' and of the items' embeddings
//   similarItems: number of items that have edges already
MERGE (recommender:Recommender {recommenderId: 'default'})
// Writing locks the pointer before anything is read through it.
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
    old.token =~ '[0-9a-f]{16}'
    AND old.slot IN ['A', 'B', 'C']
    AND old.fingerprint IS NOT NULL
    AND old.state IN ['writing', 'ready']
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
