// Returns one stored key, which shows whether the keys are texts or integers. User and userId stand for any role.
// Parameters: none
// Columns: key - any stored key
MATCH (n:User)
WHERE n.userId IS NOT NULL
RETURN n.userId AS key
LIMIT 1
