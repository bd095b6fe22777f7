// Purpose: list the names in a database, to suggest corrections of a misspelled one.
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
CALL db.propertyKeys()
YIELD propertyKey
RETURN 'property' AS kind, propertyKey AS name
