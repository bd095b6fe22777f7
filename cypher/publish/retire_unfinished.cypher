// Purpose: retire the incomplete runs of an interrupted publish.
// Parameters: none
// Columns: none
MATCH (run:Run)
WHERE run.state = 'writing' AND run.token IS NOT NULL
SET run.state = 'retired'
