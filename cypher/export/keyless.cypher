// Count the nodes of a role without a key, or with an empty text as the key, with the properties of an example.
// Parameters: none
// Columns: missing, total, example (element id), properties (of the label, from a sample)
MATCH (u:User)
WITH count(u) AS total, count(CASE WHEN u.userId <> '' THEN 1 END) AS keyed
MATCH (n:User)
WHERE coalesce(n.userId, '') = ''
WITH total, total - keyed AS missing, collect(n)[..100] AS sampled
RETURN
  missing,
  total,
  elementId(sampled[0]) AS example,
  reduce(found = [], n IN sampled | found + [key IN keys(n) WHERE NOT key IN found]) AS properties
