// Purpose: what a database holds besides users, items, knowledge entities and what graphrec publishes.
// Parameters: none
// Columns:
//   labels: labels that a node has together
//   nodes: how many nodes have them
MATCH (n)
WHERE NOT (n:User OR n:Item OR n:Entity OR n:Run OR n:Recommender)
RETURN labels(n) AS labels, count(*) AS nodes
ORDER BY nodes DESC, labels
LIMIT 5
