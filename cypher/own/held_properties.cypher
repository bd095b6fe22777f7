// Purpose: find which of some properties the nodes with a label have; load it with Item replaced.
// Parameters:
//   names: of the properties
// Columns:
//   nodes: number of nodes with any of them
//   found: names of those that there are
MATCH (n:Item)
WITH [name IN keys(n) WHERE name IN $names] AS held
WHERE size(held) > 0
RETURN
  count(*) AS nodes,
  reduce(found = [], one IN collect(DISTINCT held) | found + [name IN one WHERE NOT name IN found]) AS found
