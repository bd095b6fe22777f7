// Purpose: list keys of events that begin so, of one type.
// Parameters:
//   start: how the key begins
//   limit: most keys
// Columns:
//   key: the key of an event
MATCH ()-[r:RATED]->()
WHERE r.eventKey STARTS WITH $start
RETURN r.eventKey AS key
LIMIT $limit
