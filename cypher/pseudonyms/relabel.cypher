// Purpose: give users another id.
// Parameters:
//   rows: list of [id so far, new id]
// Columns: none
UNWIND $rows AS row
MATCH (u:User {userId: row[0]})
SET u.userId = row[1]
