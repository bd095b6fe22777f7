// Purpose: note that a rotation is complete.
// Parameters:
//   fingerprint: of the new key
// Columns: none
MATCH (noted:GraphrecPseudonyms {next: $fingerprint})
SET noted.fingerprint = $fingerprint, noted.next = null
