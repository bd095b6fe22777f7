// Purpose: find the time of the newest post.
// Parameters: none
// Columns:
//   newest: a time; null: no post has one
MATCH (p:Post)
RETURN max(p.toneAt) AS newest
