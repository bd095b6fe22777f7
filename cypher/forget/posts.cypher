// Purpose: count the posts of a user (Item stands for posts, RATED for the way from the author).
// Parameters:
//   users: the forms in which the id may be stored
// Columns:
//   nodes: number
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IN $users
RETURN count(DISTINCT i) AS nodes
