// Purpose: check the paths from a user over some of their items to an item, and read what they are called.
// In Neo4j Browser: :param {user: '196', item: '50', via: ['51'], entities: [null], related: [null], strengths: {RATED: 'rating'}, behaviours: null, knowledge: null}
// Parameters:
//   user, item: their ids
//   via: an item of the user for each path
//   entities: key of the entity that both items have in common, for each path; null: none
//   related: id of the item that both are related to, for each path; null: none
//   strengths: type of behaviour → property of its strength
//   behaviours: behaviour types; null: all
//   knowledge: knowledge types; null: all
// Columns:
//   path: number of the path, from 0
//   title: title of the item of the user, or its id
//   behaviours: types of what the user did with it
//   strength: the stored strength of one of them, if any
//   name: name of the entity or the related item
//   viaRelations, itemRelations: types of the edges between that and the two items
//   links: types of the edges between the two items
MATCH (u:User {userId: $user})
MATCH (item:Item {itemId: $item})
UNWIND range(0, size($via) - 1) AS path
OPTIONAL MATCH (i:Item)
WHERE i.itemId = $via[path]
OPTIONAL MATCH (k:Item)
WHERE k.itemId = $related[path]
CALL (u, i) {
  WITH u, i AS one
  CALL (u, one) { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE i = one AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($behaviours IS NULL OR type(b) IN $behaviours)
    RETURN type(b) AS done, toFloatOrNull(b[$strengths[type(b)]]) AS strength
  }
  RETURN collect(DISTINCT done) AS behaviours, max(strength) AS strength
}
CALL (i, item, path) {
  OPTIONAL MATCH (i)-[mine]-(e)
  WHERE
    NOT e:User
    AND NOT e:Item
    AND coalesce(toString(e.entityId), elementId(e)) = $entities[path]
    AND ($knowledge IS NULL OR type(mine) IN $knowledge)
  WITH item, e, collect(DISTINCT type(mine)) AS viaRelations
  OPTIONAL MATCH (item)-[theirs]-(e)
  WHERE $knowledge IS NULL OR type(theirs) IN $knowledge
  RETURN e, viaRelations, collect(DISTINCT type(theirs)) AS itemRelations
  LIMIT 1
}
RETURN
  path,
  coalesce(i.title, toString($via[path])) AS title,
  behaviours,
  strength,
  CASE
    WHEN k IS NOT NULL THEN toString(coalesce(k.title, k.itemId))
    ELSE
      toString(coalesce(
        e.name,
        e.title,
        head([p IN keys(e) WHERE e[p] IS :: STRING NOT NULL AND p =~ '(?i).*(name|title|label)' | e[p]]),
        $entities[path]
      ))
  END AS name,
  CASE
    WHEN k IS NULL THEN viaRelations
    ELSE COLLECT {
        MATCH (i)-[r]-(k)
        WHERE NOT type(r) IN ['SIMILAR', 'RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($knowledge IS NULL OR type(r) IN $knowledge)
        RETURN DISTINCT type(r)
      }
  END AS viaRelations,
  CASE
    WHEN k IS NULL THEN itemRelations
    ELSE COLLECT {
        MATCH (item)-[r]-(k)
        WHERE NOT type(r) IN ['SIMILAR', 'RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($knowledge IS NULL OR type(r) IN $knowledge)
        RETURN DISTINCT type(r)
      }
  END AS itemRelations,
  COLLECT {
    MATCH (i)-[r]-(item)
    WHERE NOT type(r) IN ['SIMILAR', 'RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($knowledge IS NULL OR type(r) IN $knowledge)
    RETURN DISTINCT type(r)
  } AS links
ORDER BY path
