// Count the nodes with a label, from the count store.
// Parameters: none
// Columns: total
MATCH (u:User)
RETURN count(u) AS total
