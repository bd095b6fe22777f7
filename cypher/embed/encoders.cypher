// Count items by the encoder of their text vector.
// Parameters: none
// Columns: encoder (name@fingerprint), items
MATCH (i:Item)
WHERE i.textEncoder IS NOT NULL
RETURN i.textEncoder AS encoder, count(*) AS items
ORDER BY items DESC, encoder
