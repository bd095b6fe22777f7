// Purpose: the items that have an embedding in a slot, some a row; users, when loaded with Item replaced, and the other slot,
//   when loaded with embeddingA replaced.
// Parameters:
//   block: nodes a row, at most
// Columns:
//   number: of the block
//   nodes: the nodes' ids in the database
MATCH (n:Item)
WHERE n.embeddingA IS NOT NULL
RETURN id(n) / $block AS number, collect(elementId(n)) AS nodes
