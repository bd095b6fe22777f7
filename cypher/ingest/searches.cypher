// Purpose: write events as searches: a node with the words, and the relationship of the user to it.
// Parameters:
//   rows: list of [element id and id of the user, whether the relationship leads from the search to the user, type,
//     properties, label of the search, its properties]
// Columns:
//   key: of an event that was written
UNWIND $rows AS row
MATCH (u:User)
WHERE elementId(u) = row[0] AND u.userId = row[1]
CREATE (s:$(row[5]))
SET s = row[6]
WITH
  row,
  CASE WHEN row[2] THEN s ELSE u END AS start,
  CASE WHEN row[2] THEN u ELSE s END AS end
CREATE (start)-[r:$(row[3])]->(end)
SET r = row[4]
RETURN r.eventKey AS key
