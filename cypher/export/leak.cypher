// Find a knowledge node of this type that is connected to users as well as items, such as a review: it encodes
// behaviour.
// Parameters: blocking (types by which users block items, which are not behaviour)
// Columns: labels, type (of its relationship to a user); no row if there is none
MATCH (a)-[:HAS_GENRE]->(b)
UNWIND [a, b] AS n
WITH n
WHERE NOT n:User AND NOT n:Item AND EXISTS { (n)--(:Item) }
MATCH (n)-[r]-(:User)
WHERE NOT type(r) IN $blocking
RETURN
  labels(n) AS labels,
  type(r) AS type
LIMIT 1
