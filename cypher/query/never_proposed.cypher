// Purpose: find the items that are never proposed, by the predicate that graphrec.graph.never_proposed inserts.
// Parameters: none
// Columns:
//   item: id of the item
MATCH (i:Item)
WHERE
  i.itemId IS NOT NULL
  AND true // i is never proposed
RETURN i.itemId AS item
