// Purpose: say who holds the lock of commands that write.
// Parameters: none
// Columns:
//   holder: map of properties of who holds it; no row if nobody does
MATCH (lock:GraphrecLock)
WHERE lock.token IS NOT NULL AND lock.until > datetime.realtime()
RETURN lock {.command, .host, .space, .process, .since} AS holder
  LIMIT 1
