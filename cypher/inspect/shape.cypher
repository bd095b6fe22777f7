// List the labels joined by each relationship type, from the count store: fast on any graph.
// Each label of a node with several labels is separate, so some triples may not occur as such. Labels that only an
//   index or a constraint names are listed too.
// The procedure's nodes are not in the store: before 2025.10, labels() of startNode() finds none of theirs, so they are
//   looked up in the list of nodes.
// Parameters: none
// Columns: labels (list of strings), triples (list of [label, type, label])
CALL db.schema.visualization() YIELD nodes, relationships
RETURN
  [n IN nodes | labels(n)[0]] AS labels,
  [r IN relationships |
    [
      head([n IN nodes WHERE n = startNode(r) | labels(n)[0]]),
      type(r),
      head([n IN nodes WHERE n = endNode(r) | labels(n)[0]])
    ]] AS triples
