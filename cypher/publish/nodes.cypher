// Purpose: every user, or every item (load it with User and userId replaced), to be matched with the run's ids.
// Parameters: none
// Columns:
//   key: the node's id in the data
//   node: the node's id in the database
MATCH (u:User)
WHERE u.userId IS NOT NULL
RETURN u.userId AS key, elementId(u) AS node
