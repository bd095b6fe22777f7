// Purpose: remove what posts have become: before they are read again, or as they or their author are gone.
// Parameters:
//   rows: list of [element id of a user, keys of posts]
// Columns: none
UNWIND $rows AS row
MATCH (u:User)-[r:POSTED]->(:Item)
WHERE elementId(u) = row[0] AND r.postKey IN row[1]
DELETE r
