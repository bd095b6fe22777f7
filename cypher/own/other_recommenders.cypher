// Purpose: find a (:Recommender) with an id that is not graphrec's pointer.
// Parameters: none
// Columns:
//   node: its id in the database
MATCH (recommender:Recommender)
WHERE recommender.recommenderId <> 'default'
RETURN elementId(recommender) AS node
LIMIT 1
