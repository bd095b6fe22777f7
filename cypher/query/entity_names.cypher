// Purpose: list the names of what knowledge ties items to, the most tied first, to understand wishes in words.
// In Neo4j Browser: :param {limit: 20000}
// Parameters:
//   limit: number of names at most
// Columns:
//   entity: its id, or its name where it has no id
//   name: of the entity, or its id
//   relation: type that ties it to items
//   items: number of ties
MATCH (i:Item)-[r:HAS_GENRE]-(e)
WHERE coalesce(e.name, e.entityId) IS NOT NULL AND NOT e:Item AND NOT e:User
WITH
  coalesce(e.entityId, e.name) AS entity,
  toString(coalesce(e.name, e.entityId)) AS name,
  type(r) AS relation,
  count(*) AS items
RETURN entity, name, relation, items
ORDER BY items DESC, name
LIMIT toInteger($limit)
