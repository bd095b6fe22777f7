// Purpose: list the posts that have become behaviours, and whose.
// Parameters: none
// Columns:
//   key: of a post
//   author: element id of the user
MATCH (u:User)-[r:POSTED]->(:Item)
WHERE r.postKey IS NOT NULL
RETURN DISTINCT r.postKey AS key, elementId(u) AS author
