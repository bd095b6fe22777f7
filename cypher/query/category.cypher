// Purpose: find the items of a category: those that knowledge ties to an entity of that id or name. An entity with the
//   label that loading gives is found first; else any node that is tied to an item.
// In Neo4j Browser: :param {keys: ['g'], knowledge: null}
// Parameters:
//   keys: the forms in which the id or the name may be stored
//   knowledge: types that tie an item to an entity; null: all
// Columns:
//   item: id of an item; null: the entity is there and has none
CALL () {
  MATCH (e:Entity)
  WHERE e.entityId IN $keys
  RETURN collect(e) AS byKey
}
CALL () {
  MATCH (e:Entity)
  WHERE e.name IN $keys
  RETURN collect(e) AS byName
}
CALL (byKey, byName) {
  WITH byKey, byName
  WHERE size(byKey) + size(byName) > 0
  UNWIND byKey + byName AS e
  RETURN DISTINCT e
UNION
  WITH byKey, byName
  WHERE size(byKey) + size(byName) = 0
  MATCH (:Item)-[r]-(e)
  WHERE
    ($knowledge IS NULL OR type(r) IN $knowledge)
    AND NOT e:Item
    AND NOT e:User
    AND (e.entityId IN $keys OR e.name IN $keys)
  RETURN DISTINCT e
}
OPTIONAL MATCH (e)-[r]-(i:Item)
WHERE $knowledge IS NULL OR type(r) IN $knowledge
RETURN DISTINCT i.itemId AS item
