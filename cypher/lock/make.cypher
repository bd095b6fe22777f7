// Purpose: make the lock of commands that write, held by nobody, if it is not there.
// Parameters: none
// Columns: none
OPTIONAL MATCH (lock:GraphrecLock)
  WHERE lock.token IS NOT NULL
WITH count(lock) AS locks
  WHERE locks = 0
CREATE (:GraphrecLock {token: ''})
