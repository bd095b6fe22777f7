// Purpose: make users, where they do not exist yet.
// Parameters:
//   users: their ids
// Columns:
//   node: the element id
//   user: the id
UNWIND $users AS user
MERGE (u:User {userId: user})
RETURN elementId(u) AS node, u.userId AS user
