// Purpose: read the items with an embedding in a slot, in blocks; users, when loaded with Item replaced; the other
//   slot, when loaded with embeddingA replaced.
// Parameters:
//   block: most nodes per row
// Columns:
//   number: of the block
//   nodes: the nodes' ids in the database
MATCH (n:Item)
WHERE n.embeddingA IS NOT NULL
RETURN id(n) / $block AS number, collect(elementId(n)) AS nodes
