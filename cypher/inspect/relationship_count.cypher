// How many relationships of a type leave one label, and how many arrive at another, from the count store.
// Parameters: none
// Columns: leaving, arriving
RETURN
  COUNT {
    MATCH (:User)-[:RATED]->()
  } AS leaving,
  COUNT {
    MATCH ()-[:RATED]->(:Item)
  } AS arriving
