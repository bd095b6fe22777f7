// Purpose: read a property of all users, to see how well it can be guessed from what is published.
// Parameters:
//   property: its name
// Columns:
//   user: the user's key
//   value: the property, or null
//   names: the names of the user's properties
MATCH (u:User)
RETURN u.userId AS user, u[$property] AS value, keys(u) AS names
