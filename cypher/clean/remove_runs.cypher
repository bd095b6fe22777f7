// Purpose: delete graphrec's run nodes.
// Parameters: none
// Columns: none
MATCH (run:Run)
WHERE
  run.token =~ '[0-9a-f]{16}'
  AND run.slot IN ['A', 'B', 'C']
  AND run.fingerprint IS NOT NULL
DETACH DELETE run
