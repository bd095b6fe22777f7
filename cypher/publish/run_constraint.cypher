// Purpose: ensure one Run node per published run.
// Parameters: none
// Columns: none
CREATE CONSTRAINT runId IF NOT EXISTS
FOR (run:Run)
REQUIRE run.runId IS UNIQUE
