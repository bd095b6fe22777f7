// Purpose: remove relationships.
// Parameters:
//   ties: element ids
// Columns: none
UNWIND $ties AS tie
MATCH ()-[r]->()
WHERE elementId(r) = tie
DELETE r
