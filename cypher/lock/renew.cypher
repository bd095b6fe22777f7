// Purpose: keep the lock of commands that write.
// Parameters:
//   token: the secret of the holder
//   seconds: how long the lock lasts without a renewal
// Columns:
//   held: whether the lock is still the holder's
MATCH (lock:GraphrecLock {token: $token})
SET lock.until = datetime.realtime() + duration({seconds: $seconds})
RETURN count(lock) > 0 AS held
