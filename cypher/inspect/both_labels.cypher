// Count, in a sample of the nodes with one label, those that have another too, as hosts who are users.
// Parameters: sample (number of nodes)
// Columns: both (nodes with both labels), size (of the sample)
MATCH (i:Item)
WITH i
LIMIT $sample
RETURN
  count(CASE WHEN i:User THEN 1 END) AS both,
  count(*) AS size
