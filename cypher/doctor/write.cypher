// Check that this account may write: create a node without label or property, in a transaction that is rolled back.
// Parameters: none
// Columns: created
CREATE (n)
RETURN count(n) AS created
