// Read the properties of the nodes with a label, from a sample.
// Parameters: sample (number of nodes)
// Columns: key, kinds (value types), share (of the sample that has it, other than as an empty text), distinctness (1: no
//   value twice), length (mean of the texts, in characters), spaced (share of the values that have a space)
MATCH (u:User)
WITH u
LIMIT $sample
WITH collect(u) AS sampled, count(*) AS size
UNWIND sampled AS u
UNWIND keys(u) AS key
WITH key, size, u[key] AS value, CASE WHEN u[key] IS :: STRING NOT NULL THEN trim(u[key]) END AS text
WITH
  key,
  size,
  collect(DISTINCT valueType(value)) AS kinds,
  count(*) AS having,
  count(CASE WHEN text = '' THEN 1 END) AS empty,
  count(DISTINCT value) AS differing,
  avg(size(text)) AS length,
  count(CASE WHEN text CONTAINS ' ' THEN 1 END) AS spaced
RETURN
  key,
  kinds,
  toFloat(having - empty) / size AS share,
  toFloat(differing) / having AS distinctness,
  coalesce(length, 0.0) AS length,
  toFloat(spaced) / having AS spaced
ORDER BY key
