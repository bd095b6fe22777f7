// Purpose: remove what posts have become, before they are read again.
// Parameters:
//   rows: list of [element id of the author, keys of posts]
// Columns: none
UNWIND $rows AS row
MATCH (u:User)-[r:POSTED]->(:Item)
WHERE elementId(u) = row[0] AND r.postKey IN row[1]
DELETE r
