// Find the relationships of a type that join users with other nodes than the items.
// Parameters: none
// Columns: labels (of these nodes), count (of relationships), the most frequent first
MATCH (u:User)-[:RATED]-(other)
WHERE NOT other:Item
RETURN labels(other) AS labels, count(*) AS count
ORDER BY count DESC
LIMIT 20
