// Count, in a sample of the nodes of a knowledge type that are connected to users as well as items, the users of each:
// a review has one and encodes behaviour, a skill has many.
// Parameters: blocking (types by which users block items, which are not behaviour); sample (number of nodes)
// Columns: labels (of the node), types (of its relationships to users), users (number)
MATCH (a)-[:HAS_GENRE]->(b)
UNWIND [a, b] AS n
WITH n
WHERE NOT n:User AND NOT n:Item AND EXISTS { (n)--(:Item) }
WITH DISTINCT n
MATCH (n)-[r]-(u:User)
WHERE NOT type(r) IN $blocking
RETURN
  labels(n) AS labels,
  collect(DISTINCT type(r)) AS types,
  count(DISTINCT u) AS users
LIMIT $sample
