// Purpose: give back the lock of commands that write; nothing of it stays.
// Parameters:
//   token: the secret of the holder
// Columns: none
MATCH (lock:GraphrecLock {token: $token})
DELETE lock
