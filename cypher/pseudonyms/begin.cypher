// Purpose: note that a rotation has begun.
// Parameters:
//   fingerprint: of the key so far
//   next: fingerprint of the new key
// Columns: none
MATCH (noted:GraphrecPseudonyms {fingerprint: $fingerprint})
SET noted.next = $next
