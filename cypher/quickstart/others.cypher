// Purpose: find nodes in a database other than users, items, knowledge entities and graphrec's own.
// Parameters: none
// Columns:
//   labels: the labels of a node
//   nodes: number of nodes with these labels
MATCH (n)
WHERE NOT (n:User OR n:Item OR n:Entity OR n:Run OR n:Recommender)
RETURN labels(n) AS labels, count(*) AS nodes
ORDER BY nodes DESC, labels
LIMIT 5
