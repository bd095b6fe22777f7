// Check for a relationship of this type from a user to an item, or back.
// Parameters: none
// Columns: forward, backward (booleans)
RETURN
  EXISTS {
    MATCH (:User)-[:RATED]->(:Item)
  } AS forward,
  EXISTS {
    MATCH (:User)<-[:RATED]-(:Item)
  } AS backward
