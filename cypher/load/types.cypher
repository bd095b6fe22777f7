// List the types of the relationships in the database.
// Parameters: none
// Columns: type
CALL db.relationshipTypes() YIELD relationshipType
RETURN relationshipType AS type
