// Purpose: retire the incomplete runs of an interrupted publish.
// Parameters: none
// Columns: none
MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
  AND run.state = 'writing'
SET run.state = 'retired'
