// Count the relationships of a type, from the count store.
// Parameters: none
// Columns: total
MATCH ()-[r:RATED]->()
RETURN count(r) AS total
