// Purpose: read an item with its properties, the number of its users, and the knowledge around it.
// In Neo4j Browser: :param {item: '50', behaviours: ['RATED'], knowledge: ['HAS_GENRE'], limit: 100}
// Parameters:
//   item: the stored id
//   behaviours: behaviour types
//   knowledge: knowledge types
//   limit: number of entities at most
// Columns:
//   item: the id
//   title: of the item
//   available: whether it may be shown now
//   properties: all properties of the node
//   users: number of users with a behaviour on it
//   entities: list of {type, id, name}
MATCH (i:Item {itemId: $item})
RETURN
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  CASE
    WHEN
      true // i may be shown
      THEN true
    ELSE false
  END AS available,
  properties(i) AS properties,
  COUNT { // or by a path
    MATCH (u:User)-[b:$any($behaviours)]-(i)
    WHERE type(b) IN $behaviours
    RETURN DISTINCT u
  } AS users,
  COLLECT {
    MATCH (i)-[r]-(e:Entity)
    WHERE type(r) IN $knowledge
    RETURN {type: type(r), id: e.entityId, name: coalesce(e.name, toString(e.entityId))}
    LIMIT toInteger($limit)
  } AS entities
LIMIT 1
