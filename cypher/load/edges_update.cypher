// Update properties of existing relationships. User and Item are placeholders for any start and end.
// Parameters: rows - list of [start key, end key, milliseconds since 1970 or null, properties that distinguish it
//   from others of the same pair and time, properties to set, type]
// Columns: none
UNWIND $rows AS row
MATCH (u:User {userId: row[0]})-[r:$(row[5])]->(i:Item {itemId: row[1]})
WHERE
  (r.at.epochMillis = row[2] OR (r.at IS NULL AND row[2] IS NULL))
  AND all(k IN keys(row[3]) WHERE r[k] = row[3][k])
SET r += row[4]
