// Count the relationships of a type that leave one label, and that arrive at another, from the count store.
// Parameters: none
// Columns: leaving, arriving
RETURN
  COUNT {
    MATCH (:User)-[:RATED]->()
  } AS leaving,
  COUNT {
    MATCH ()-[:RATED]->(:Item)
  } AS arriving
