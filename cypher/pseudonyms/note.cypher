// Purpose: note under which key the ids of users are pseudonyms.
// Parameters:
//   fingerprint: of the key
//   bits: length of the pseudonyms
// Columns: none
CREATE (:GraphrecPseudonyms {fingerprint: $fingerprint, bits: $bits})
