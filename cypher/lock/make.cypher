// Purpose: make the lock of commands that write, held by nobody, if it is not there.
// Parameters: none
// Columns: none
MERGE (lock:GraphrecLock)
