// Read some behaviours of one type, as training does: in either direction, of users and items with a key.
// Parameters: strength, time (names of properties, or null), limit (number of behaviours)
// Columns: user, item (keys), title, time, strength (as stored)
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE u.userId IS NOT NULL AND i.itemId IS NOT NULL
RETURN
  u.userId AS user,
  i.itemId AS item,
  i.title AS title,
  r[$time] AS time,
  r[$strength] AS strength
LIMIT toInteger($limit)
