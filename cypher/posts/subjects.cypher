// Purpose: find the items that posts are about (User stands for posts, RATED for the way to the item).
// Parameters:
//   posts: element ids
// Columns:
//   post: element id
//   ends: element ids of the items
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE elementId(u) IN $posts
RETURN elementId(u) AS post, collect(DISTINCT elementId(i)) AS ends
