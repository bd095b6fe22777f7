// Purpose: drop a constraint of graphrec's own.
// Parameters:
//   name: of the constraint
// Columns: none
DROP CONSTRAINT $name IF EXISTS
