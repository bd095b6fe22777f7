// Purpose: count what graphrec did not write in the places where it writes what posts say.
// Parameters: none
// Columns:
//   relationships: behaviours of the type that neither come from a post nor say a strength
//   nodes: posts with properties of these names
CALL () {
  MATCH (:User)-[r:POSTED]->(:Item)
  WHERE r.postKey IS NULL AND r.strength IS NULL
  RETURN count(r) AS relationships
}
CALL () {
  MATCH (p:Post)
  WHERE p.toneHash IS NULL AND (p.toneScore IS NOT NULL OR p.toneBy IS NOT NULL OR p.toneAt IS NOT NULL)
  RETURN count(p) AS nodes
}
RETURN relationships, nodes
