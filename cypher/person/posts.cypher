// Purpose: read the posts of a user (Item stands for posts, RATED for the way from the author).
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   properties: all of them
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IN $users
WITH DISTINCT i
RETURN properties(i) AS properties
