// Purpose: let no two events of a type have the same key (RATED is a placeholder for the type).
// Parameters:
//   constraint: its name
// Columns: none
CREATE CONSTRAINT $constraint IF NOT EXISTS
FOR ()-[r:RATED]-()
REQUIRE r.eventKey IS UNIQUE
