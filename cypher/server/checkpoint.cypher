// Write everything into the store, so that the transaction log can be shortened.
// Parameters: none
// Columns: success, message
CALL db.checkpoint() YIELD success, message
RETURN success, message
