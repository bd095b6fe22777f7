// Purpose: find the authors of posts (Item stands for posts, RATED for the way from the author).
// Parameters:
//   posts: element ids
// Columns:
//   post: element id
//   ends: element ids of the authors
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE elementId(i) IN $posts
RETURN elementId(i) AS post, collect(DISTINCT elementId(u)) AS ends
