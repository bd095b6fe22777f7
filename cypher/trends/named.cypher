// Purpose: name nodes.
// Parameters:
//   nodes: element ids
// Columns:
//   node: element id
//   item: id, if it is an item
//   name: title or name
//   entity: id, if it is an entity
MATCH (n)
WHERE elementId(n) IN $nodes
OPTIONAL MATCH (i:Item)
WHERE elementId(i) = elementId(n)
OPTIONAL MATCH (e:Entity)
WHERE elementId(e) = elementId(n)
RETURN elementId(n) AS node, i.itemId AS item, coalesce(i.title, e.name) AS name, e.entityId AS entity
