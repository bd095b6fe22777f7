// Purpose: list the names in a database, to suggest corrections of a misspelled one. Neo4j lists properties that were
//   removed long ago too, so those of some nodes of each label, and of some relationships of each type, are read.
// Parameters: none
// Columns:
//   kind: label, relationship type or property
//   name: of that kind
CALL db.labels()
YIELD label
RETURN 'label' AS kind, label AS name
UNION ALL
CALL db.relationshipTypes()
YIELD relationshipType
RETURN 'relationship type' AS kind, relationshipType AS name
UNION ALL
CALL db.labels()
YIELD label
CALL (label) {
  MATCH (n:$(label))
  WITH n
  LIMIT 100
  UNWIND keys(n) AS name
  RETURN DISTINCT name
}
RETURN DISTINCT 'property' AS kind, name
UNION ALL
CALL db.relationshipTypes()
YIELD relationshipType
CALL (relationshipType) {
  MATCH ()-[r:$(relationshipType)]->()
  WITH r
  LIMIT 100
  UNWIND keys(r) AS name
  RETURN DISTINCT name
}
RETURN DISTINCT 'property' AS kind, name
