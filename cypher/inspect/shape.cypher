// List the labels joined by each relationship type, from the count store: fast on any graph.
// Each label of a node with several labels is separate, so some triples may not occur as such.
// Parameters: none
// Columns: labels (list of strings), triples (list of [label, type, label])
CALL db.schema.visualization() YIELD nodes, relationships
RETURN
  [n IN nodes | labels(n)[0]] AS labels,
  [r IN relationships | [labels(startNode(r))[0], type(r), labels(endNode(r))[0]]] AS triples
