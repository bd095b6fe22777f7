// Purpose: give up the runs that an interrupted publish left half written.
// Parameters: none
// Columns: none
MATCH (run:Run)
WHERE run.state = 'writing' AND run.token IS NOT NULL
SET run.state = 'retired'
