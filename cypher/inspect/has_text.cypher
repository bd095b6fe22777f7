// Check whether an item has a text as a property.
// Parameters: name - the property; text - the text
// Columns: found (boolean)
RETURN EXISTS {
  MATCH (i:Item)
  WHERE i[$name] = $text
} AS found
