// A knowledge node of this type that touches users as well as items, such as a review: it encodes a behaviour.
// Parameters: none
// Columns: labels, type (of its relationship to a user); no row where there is none
MATCH (a)-[:HAS_GENRE]->(b)
UNWIND [a, b] AS n
WITH n
WHERE NOT n:User AND NOT n:Item AND EXISTS { (n)--(:Item) }
MATCH (n)-[r]-(:User)
RETURN
  labels(n) AS labels,
  type(r) AS type
LIMIT 1
