// Purpose: the items that a database holds, or its users or entities (load it with the names replaced).
// Parameters:
//   most: at most so many
// Columns:
//   key: the node's id in the data
//   title: what people call it
MATCH (i:Item)
RETURN i.itemId AS key, i.title AS title
LIMIT $most
