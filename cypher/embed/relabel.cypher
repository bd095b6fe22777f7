// Give an encoder that made text vectors its present name (text stands for any modality).
// Parameters: $old and $new (name@fingerprint, of the same fingerprint)
// Columns: none
MATCH (i:Item)
WHERE i.textEncoder = $old
CALL (i) {
  SET i.textEncoder = $new
} IN TRANSACTIONS OF 5000 ROWS
