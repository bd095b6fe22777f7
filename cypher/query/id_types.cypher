// Purpose: check whether the ids of all users, and of all items, are whole numbers.
// Parameters: none
// Columns:
//   users, items: true if all are whole numbers
CALL () {
  MATCH (u:User)
  RETURN all(one IN collect(DISTINCT u.userId IS :: INTEGER) WHERE one) AS users
}
CALL () {
  MATCH (i:Item)
  RETURN all(one IN collect(DISTINCT i.itemId IS :: INTEGER) WHERE one) AS items
}
RETURN users, items
