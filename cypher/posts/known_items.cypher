// Purpose: find which ids are items of the graph.
// Parameters:
//   ids: in the form in which the graph stores them
// Columns:
//   item: id
MATCH (i:Item)
WHERE i.itemId IN $ids
RETURN i.itemId AS item
