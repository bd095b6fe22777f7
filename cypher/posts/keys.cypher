// Purpose: list the posts, by their keys, with what tells whether they have been read.
// Parameters: none
// Columns:
//   post: element id
//   key: of the post
//   hash: of what it was when it was read; null: it never was
MATCH (p:Post)
WHERE p.postId IS NOT NULL
RETURN elementId(p) AS post, p.postId AS key, p.toneHash AS hash
ORDER BY key
