// Purpose: read every user, or every item (load it with User and userId replaced), to match the run's ids; in blocks.
// Parameters:
//   block: most nodes per row
// Columns:
//   number: of the block
//   keys: the nodes' ids in the data
//   nodes: in the same order, the nodes' ids in the database
MATCH (u:User)
WHERE u.userId IS NOT NULL
RETURN
  id(u) / $block AS number,
  collect(u.userId) AS keys,
  collect(elementId(u)) AS nodes
