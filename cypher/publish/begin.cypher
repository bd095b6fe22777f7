// Purpose: open a run in the slot that readers do not use. What stood there, and what an interrupted publish left,
//   is retired in the same transaction: it can no longer be gone back to, and its links may be removed.
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
// Columns:
//   slot: 'A' or 'B'
MERGE (recommender:Recommender {recommenderId: 'default'})
// Writing takes the lock on the pointer before anything is read through it.
SET recommender.recommenderId = 'default'
WITH recommender
OPTIONAL MATCH (recommender)-[:ACTIVE]->(active:Run)
WITH CASE active.slot
    WHEN 'A' THEN 'B'
    ELSE 'A'
  END AS slot
CALL (slot) {
  MATCH (old:Run)
  WHERE old.state = 'writing' OR (old.state = 'ready' AND old.slot = slot)
  SET old.state = 'retired'
}
CREATE (:Run {
  runId: $runId,
  token: $token,
  createdAt: datetime($createdAt),
  state: 'writing',
  slot: slot,
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
  similarItems: 0,
  similar: 0,
  similarK: $similar
})
RETURN slot
