// Purpose: find a (:Run) with a name that graphrec did not write.
// Parameters: none
// Columns:
//   node: its id in the database
MATCH (run:Run)
WHERE
  run.runId IS NOT NULL
  AND NOT coalesce(
    run.token =~ '[0-9a-f]{16}'
    AND run.slot IN ['A', 'B', 'C']
    AND run.fingerprint IS NOT NULL,
    false
  )
RETURN elementId(run) AS node
LIMIT 1
