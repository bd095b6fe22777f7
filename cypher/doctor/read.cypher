// Check that this account may read, by counting at most one node.
// Parameters: none
// Columns: found (0 or 1)
MATCH (n)
WITH n
LIMIT 1
RETURN count(n) AS found
