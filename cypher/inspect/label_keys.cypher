// Read the properties of the nodes with a label, from a sample.
// Parameters: sample (number of nodes)
// Columns: key, kinds (value types), share (of the sample that has it), distinctness (1: no value twice)
MATCH (u:User)
WITH u
LIMIT $sample
WITH collect(u) AS sampled, count(*) AS size
UNWIND sampled AS u
UNWIND keys(u) AS key
WITH
  key,
  size,
  collect(DISTINCT valueType(u[key])) AS kinds,
  count(*) AS having,
  count(DISTINCT u[key]) AS differing
RETURN
  key,
  kinds,
  toFloat(having) / size AS share,
  toFloat(differing) / having AS distinctness
ORDER BY key
