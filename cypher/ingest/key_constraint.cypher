// Purpose: let no two events of a type have the same key (RATED is a placeholder for the type).
// Parameters:
//   name: of the constraint
// Columns: none
CREATE CONSTRAINT $name IF NOT EXISTS
FOR ()-[r:RATED]-()
REQUIRE r.eventKey IS UNIQUE
