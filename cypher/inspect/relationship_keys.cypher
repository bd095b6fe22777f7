// Read the properties of a relationship type, from a sample.
// Parameters: sample (number of relationships)
// Columns: key, kinds (value types), share (of the sample that has it), some (up to 100 values that are numbers or the
//   beginnings of texts)
MATCH ()-[r:RATED]->()
WITH r
LIMIT $sample
WITH collect(r) AS sampled, count(*) AS size
UNWIND sampled AS r
UNWIND [name IN keys(r) WHERE name <> 'eventKey'] AS key // graphrec's own
WITH
  key,
  size,
  collect(DISTINCT valueType(r[key])) AS kinds,
  count(*) AS having,
  collect(
    CASE
      WHEN r[key] IS :: STRING THEN left(r[key], 64)
      WHEN r[key] IS :: INTEGER | FLOAT THEN r[key]
    END
  ) AS values
RETURN
  key,
  kinds,
  toFloat(having) / size AS share,
  values[..100] AS some
ORDER BY key
