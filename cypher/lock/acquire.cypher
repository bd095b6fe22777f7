// Purpose: take the lock of commands that write, unless another holds it.
// Parameters:
//   token: a secret of the holder
//   holder: map of properties that say who it is
//   seconds: how long the lock lasts without a renewal
//   ended: list of tokens whose holders have ended
// Columns:
//   token: of who holds it now
//   holder: map of properties of who holds it now
MATCH (lock:GraphrecLock)
  WHERE lock.token IS NOT NULL // other nodes with this label are the owner's
WITH lock
  ORDER BY elementId(lock)
// Writing locks the nodes before anything is read from them. There are several if two commands began at once.
SET lock.seen = timestamp()
WITH collect(lock) AS locks
WITH
  locks,
  [lock IN locks WHERE
    lock.token <> $token
    AND NOT lock.token IN $ended
    AND lock.until > datetime.realtime()] AS held
FOREACH (lock IN CASE WHEN held = [] THEN locks ELSE [] END |
  SET lock = $holder,
    lock.token = $token,
    lock.until = datetime.realtime() + duration({seconds: $seconds})
)
WITH coalesce(head(held), head(locks)) AS lock
RETURN lock.token AS token, lock {.command, .host, .space, .process, .since} AS holder
