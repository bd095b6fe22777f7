// May this account read? The count of any one node is asked for.
// Parameters: none
// Columns: found (0 or 1)
MATCH (n)
WITH n
LIMIT 1
RETURN count(n) AS found
