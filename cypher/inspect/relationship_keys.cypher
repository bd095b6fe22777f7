// The properties of a relationship type, from a sample.
// Parameters: sample (how many relationships to look at)
// Columns: key, kind (value type), share (of the sample that has it)
MATCH ()-[r:RATED]->()
WITH r
LIMIT $sample
WITH collect(r) AS sampled, count(*) AS size
UNWIND sampled AS r
UNWIND keys(r) AS key
WITH key, size, collect(DISTINCT valueType(r[key])) AS kinds, count(*) AS having
RETURN
  key,
  kinds[0] AS kind,
  toFloat(having) / size AS share
ORDER BY key
