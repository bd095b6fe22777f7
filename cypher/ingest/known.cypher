// Purpose: find the events of a type that have been written before, by their keys (RATED is a placeholder for the type).
// Parameters:
//   keys: keys of events
// Columns:
//   key: of the event
//   user, item: ids
//   title: of the item; of a search, its text
//   properties: of the relationship
UNWIND $keys AS key
MATCH (u:User)-[r:RATED]-(i:Item)
WHERE r.eventKey = key
RETURN
  key,
  u.userId AS user,
  i.itemId AS item,
  i.title AS title,
  properties(r) AS properties
