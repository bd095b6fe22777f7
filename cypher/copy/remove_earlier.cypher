// Purpose: remove the texts of a campaign that are about the lists of other runs, in batches.
// Parameters:
//   campaign: what tells the campaign from others
//   runId: the run whose texts stay
// Columns: none
MATCH (:User)-[c:GRAPHREC_COPY {campaign: $campaign}]->()
WHERE c.runId <> $runId
CALL (c) {
  DELETE c
} IN TRANSACTIONS OF 10000 ROWS
