// Find a value of a property that several nodes with a label have.
// Parameters: none
// Columns: example (value, the most repeated), nodes (with it), values (that several nodes have)
MATCH (u:User)
WITH u.userId AS key, count(*) AS having
WHERE key IS NOT NULL AND having > 1
WITH key, having
ORDER BY having DESC, toStringOrNull(key)
WITH collect([key, having])[..1] AS most, count(*) AS values
RETURN most[0][0] AS example, most[0][1] AS nodes, values
