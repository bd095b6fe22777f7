// Read some values of a property of the nodes with a label.
// Parameters: sample (number of values)
// Columns: some (values that are numbers or the beginnings of texts)
MATCH (u:User)
WHERE u.userId IS NOT NULL
WITH u.userId AS value
LIMIT $sample
RETURN collect(
  CASE
    WHEN value IS :: STRING NOT NULL THEN left(value, 200)
    WHEN value IS :: INTEGER | FLOAT THEN value
  END
) AS some
