// Return different texts of a property of items.
// Parameters: name - the property; limit - number of texts at most
// Columns: value - the text
MATCH (i:Item)
WHERE i[$name] IS :: STRING NOT NULL AND size(i[$name]) <= 100
RETURN DISTINCT i[$name] AS value
LIMIT toInteger($limit)
