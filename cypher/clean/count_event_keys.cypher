// Purpose: count the behaviours and searches that have the key of an event (RATED is a placeholder for their types).
// Parameters: none
// Columns:
//   links: number of relationships
MATCH ()-[r:RATED]->()
WHERE r.eventKey IS NOT NULL
RETURN count(r) AS links
