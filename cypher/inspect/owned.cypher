// Count, in a sample from all over the store, the nodes that belong to one node of another label, as an order to its
// customer. Item is a placeholder for the label of the nodes, User for that of their owners, RATED for the type.
// Parameters: sample (number of nodes)
// Columns: size (of the sample), owned (with one owner), shared (with several), links (owners of these, up to 50 each)
MATCH (i:Item)
WITH count(i) AS total
MATCH (i:Item)
// Nodes made one after the other are often alike, so the internal ids are scattered by a prime.
WHERE id(i) % 1000003 * 7919 % 1000003 * toFloat(total) < 1000003.0 * $sample
WITH
  COUNT {
    MATCH (i)-[:RATED]-(owner:User)
    RETURN owner
    LIMIT 50
  } AS owners
RETURN
  count(*) AS size,
  count(CASE WHEN owners = 1 THEN 1 END) AS owned,
  count(CASE WHEN owners > 1 THEN 1 END) AS shared,
  sum(CASE WHEN owners > 1 THEN owners ELSE 0 END) AS links
