// Purpose: say under which key the ids of users are pseudonyms.
// Parameters: none
// Columns:
//   fingerprint: of the key; no row if ids are no pseudonyms
//   next: fingerprint of the key that a rotation has begun to put in its place, or null
MATCH (noted:GraphrecPseudonyms)
WHERE noted.fingerprint IS NOT NULL // other nodes with this label are the owner's
RETURN noted.fingerprint AS fingerprint, noted.next AS next
LIMIT 1
