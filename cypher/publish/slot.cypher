// Purpose: the items that have an embedding in a slot; users, when loaded with Item replaced, and the other slot, when
//   loaded with embeddingA replaced.
// Parameters: none
// Columns:
//   node: the node's id in the database
MATCH (n:Item)
WHERE n.embeddingA IS NOT NULL
RETURN elementId(n) AS node
