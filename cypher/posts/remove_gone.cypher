// Purpose: remove the behaviours of posts that are no more.
// Parameters:
//   keys: of these posts
// Columns: none
MATCH (:User)-[r:POSTED]->(:Item)
WHERE r.postKey IN $keys
DELETE r
