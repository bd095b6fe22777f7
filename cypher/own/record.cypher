// Purpose: record on the pointer which indexes and constraints graphrec makes, and which labels it writes to. The
//   pointer is made if there is none.
// Parameters:
//   indexes: names of indexes and constraints
//   labels: labels of users and items
//   weights: whether items get weights of modalities
// Columns: none
MERGE (recommender:Recommender {recommenderId: 'default'})
SET recommender.recommenderId = 'default'
WITH
  recommender,
  coalesce(recommender.ownIndexes, []) AS indexes,
  coalesce(recommender.ownLabels, []) AS labels
SET recommender.ownIndexes = indexes + [name IN $indexes WHERE NOT name IN indexes],
  recommender.ownLabels = labels + [name IN $labels WHERE NOT name IN labels],
  recommender.ownWeights = coalesce(recommender.ownWeights, false) OR $weights
