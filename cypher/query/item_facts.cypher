// Purpose: read what the graph says of items: their properties, and the knowledge around them, with element ids.
// In Neo4j Browser: :param {items: ['50'], knowledge: null, beside: ['RATED'], limit: 300}
// Parameters:
//   items: ids of the items
//   knowledge: knowledge types; null: all
//   beside: types that are none, such as behaviours
//   limit: number of relationships of each item at most
// Columns:
//   item: the id; a missing item has no row
//   node: its element id
//   title: of the item, or its id
//   labels: of the node
//   properties: all properties of the node
//   edges: list of {type, outgoing, edge (its element id), node (of the other end), name}
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN
  i.itemId AS item,
  elementId(i) AS node,
  coalesce(i.title, toString(i.itemId)) AS title,
  labels(i) AS labels,
  properties(i) AS properties,
  COLLECT {
    MATCH (i)-[r]-(e)
    WHERE
      NOT e:User
      AND NOT type(r) IN ['RECOMMENDED', 'SIMILAR', 'SHOWN', 'GRAPHREC_COPY']
      AND NOT type(r) IN $beside
      AND ($knowledge IS NULL OR type(r) IN $knowledge)
    WITH
      i,
      r,
      e,
      toStringOrNull(coalesce(
        e.name,
        e.title,
        head([p IN keys(e) WHERE e[p] IS :: STRING NOT NULL AND p =~ '(?i).*(name|title|label)' | e[p]])
      )) AS name
    WHERE name IS NOT NULL
    RETURN {type: type(r), outgoing: startNode(r) = i, edge: elementId(r), node: elementId(e), name: name}
    ORDER BY type(r), name
    LIMIT toInteger($limit)
  } AS edges
