// Purpose: delete graphrec's pointer, after its runs.
// Parameters: none
// Columns: none
MATCH (recommender:Recommender {recommenderId: 'default'})
WHERE recommender.ownIndexes IS NOT NULL
DETACH DELETE recommender
