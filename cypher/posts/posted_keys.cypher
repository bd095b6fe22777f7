// Purpose: list the keys of the posts that have become behaviours.
// Parameters: none
// Columns:
//   key: of a post
MATCH (:User)-[r:POSTED]->(:Item)
WHERE r.postKey IS NOT NULL
RETURN DISTINCT r.postKey AS key
