// Purpose: count what users were shown: one relationship for each user, item and run. It remembers the keys of its last
//   impressions, so that one which is written again is not counted twice.
// Parameters:
//   rows: list of [element id and id of the user, element id and id of the item, run, milliseconds since 1970, key]
// Columns: none
UNWIND $rows AS row
MATCH (u:User)
WHERE elementId(u) = row[0] AND u.userId = row[1]
MATCH (i:Item)
WHERE elementId(i) = row[2] AND i.itemId = row[3]
MERGE (u)-[s:SHOWN {runId: row[4]}]->(i)
ON CREATE
  SET s.times = 0, s.recentKeys = []
WITH s, row[6] AS key, datetime({epochMillis: row[5]}) AS at
WHERE NOT key IN s.recentKeys
SET s.times = s.times + 1,
  s.firstAt = CASE WHEN s.firstAt <= at THEN s.firstAt ELSE at END,
  s.lastAt = CASE WHEN s.lastAt >= at THEN s.lastAt ELSE at END,
  s.recentKeys = (s.recentKeys + key)[-4..]
