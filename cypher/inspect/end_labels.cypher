// Count the relationships of a type that touch the nodes with a label, by the labels of the nodes at their other ends.
// Parameters: none
// Columns: labels (of these nodes), count (of relationships), the most frequent first
MATCH (u:User)-[:RATED]-(other)
RETURN labels(other) AS labels, count(*) AS count
ORDER BY count DESC
LIMIT 100
