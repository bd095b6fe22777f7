// Purpose: read the items of a database, or its users or entities (load it with the names replaced).
// Parameters:
//   most: most rows
// Columns:
//   key: the node's id in the data
//   title: its title
MATCH (i:Item)
RETURN i.itemId AS key, i.title AS title
LIMIT $most
