// Which labels are joined by which relationship types, from the count store: quick on any graph.
// A label of a node with several labels appears on its own, so a triple may promise more than there is.
// Parameters: none
// Columns: labels (list of strings), triples (list of [label, type, label])
CALL db.schema.visualization() YIELD nodes, relationships
RETURN
  [n IN nodes | labels(n)[0]] AS labels,
  [r IN relationships | [labels(startNode(r))[0], type(r), labels(endNode(r))[0]]] AS triples
