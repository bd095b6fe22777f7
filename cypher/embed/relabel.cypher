// Rename the encoder of text vectors (text is a placeholder for any modality).
// Parameters: $old and $new (name@fingerprint, with the same fingerprint)
// Columns: none
MATCH (i:Item)
WHERE i.textEncoder = $old
CALL (i) {
  SET i.textEncoder = $new
} IN TRANSACTIONS OF 5000 ROWS
