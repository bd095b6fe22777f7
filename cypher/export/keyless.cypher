// Count the nodes of a role without a key, with the properties of an example.
// Parameters: none
// Columns: missing, total, example (element id), properties (of the label, from a sample)
MATCH (u:User)
WITH count(u) AS total, count(u.userId) AS keyed
MATCH (n:User)
WHERE n.userId IS NULL
WITH total, total - keyed AS missing, collect(n)[..100] AS sampled
RETURN
  missing,
  total,
  elementId(sampled[0]) AS example,
  reduce(found = [], n IN sampled | found + [key IN keys(n) WHERE NOT key IN found]) AS properties
