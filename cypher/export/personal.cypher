// Check whether relationships of a type join nodes of a label with nodes other than users.
// Item is a placeholder for the label.
// Parameters: none
// Columns: found (boolean)
RETURN EXISTS {
  MATCH (:Item)-[:HAS_GENRE]-(other)
  WHERE NOT other:User
} AS found
