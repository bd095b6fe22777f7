// Read the properties of nodes, from a sample, with values that may be times.
// Parameters: sample (number of nodes)
// Columns: key, kinds (value types), share (of the sample that has it), some (up to 100 values that are numbers or the
//   beginnings of texts)
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
  collect(
    CASE
      WHEN u[key] IS :: STRING THEN left(u[key], 64)
      WHEN u[key] IS :: INTEGER | FLOAT THEN u[key]
    END
  ) AS values
RETURN
  key,
  kinds,
  toFloat(having) / size AS share,
  values[..100] AS some
ORDER BY key
