// Purpose: write events as behaviours between nodes that exist.
// Parameters:
//   rows: list of [element id and id of the user, element id and id of the item, whether the relationship leads from the
//     item to the user, type, properties]
// Columns:
//   key: of an event that was written
UNWIND $rows AS row
MATCH (u:User)
WHERE elementId(u) = row[0] AND u.userId = row[1]
MATCH (i:Item)
WHERE elementId(i) = row[2] AND i.itemId = row[3]
WITH
  row,
  CASE WHEN row[4] THEN i ELSE u END AS start,
  CASE WHEN row[4] THEN u ELSE i END AS end
CREATE (start)-[r:$(row[5])]->(end)
SET r = row[6]
RETURN r.eventKey AS key
