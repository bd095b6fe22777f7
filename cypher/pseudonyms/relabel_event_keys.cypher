// Purpose: give events of one type another key.
// Parameters:
//   rows: list of [key so far, new key]
// Columns: none
UNWIND $rows AS row
MATCH ()-[r:RATED {eventKey: row[0]}]->()
SET r.eventKey = row[1]
