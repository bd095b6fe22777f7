// A knowledge node of this type that touches users as well as items, such as a review: it encodes a behaviour.
// Parameters: blocking (types by which users say what they are not to be shown, which tells of no behaviour)
// Columns: labels, type (of its relationship to a user); no row where there is none
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
