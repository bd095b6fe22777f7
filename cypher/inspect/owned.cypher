// Count, in a sample, the nodes that belong to one node of another label, as an order to its customer.
// Item is a placeholder for the label of the nodes, User for that of their owners, RATED for the type.
// Parameters: sample (number of nodes)
// Columns: size (of the sample), owned (with one owner), shared (with several)
MATCH (i:Item)
WITH i
LIMIT $sample
WITH COUNT { (i)-[:RATED]-(:User) } AS owners
RETURN
  count(*) AS size,
  count(CASE WHEN owners = 1 THEN 1 END) AS owned,
  count(CASE WHEN owners > 1 THEN 1 END) AS shared
