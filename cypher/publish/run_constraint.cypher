// Purpose: ensure one Run node per published run.
// Parameters:
//   name: of the constraint
// Columns: none
CREATE CONSTRAINT $name IF NOT EXISTS
FOR (run:Run)
REQUIRE run.runId IS UNIQUE
