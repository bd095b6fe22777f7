// Return the type of a property of items, from one item that has it.
// Parameters: name - the property
// Columns: type - Cypher's type, such as STRING NOT NULL; example - the value as text, its first characters; null if
//   it has no text form
MATCH (i:Item)
WHERE i[$name] IS NOT NULL
RETURN valueType(i[$name]) AS type, left(toStringOrNull(i[$name]), 20) AS example
LIMIT 1
