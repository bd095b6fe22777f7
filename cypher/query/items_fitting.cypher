// Purpose: find the items that fit filters that somebody has put into words; the filters are values, not Cypher.
// In Neo4j Browser: :param {numbers: [{property: 'year', atLeast: 1990, atMost: null}], texts: [], with: [],
//   without: []}
// Parameters:
//   numbers: list of {property, atLeast, atMost}; null: no limit on that side
//   texts: list of {property, value, has}
//   with, without: ids or names of entities that the item is tied to, or is not
// Columns:
//   item: id of a fitting item
MATCH (i:Item)
WHERE
  all(n IN $numbers WHERE
    coalesce(i[n.property] >= n.atLeast, n.atLeast IS NULL)
    AND coalesce(i[n.property] <= n.atMost, n.atMost IS NULL)
    AND i[n.property] IS NOT NULL)
  AND all(t IN $texts WHERE coalesce(i[t.property] = t.value, false) = t.has)
WITH
  i,
  CASE
    WHEN size($with) + size($without) = 0 THEN []
    ELSE
      COLLECT {
        MATCH (i)-[r:HAS_GENRE]-(e)
        WHERE coalesce(e.entityId, e.name) IN $with + $without
        RETURN DISTINCT coalesce(e.entityId, e.name)
      }
  END AS tied
WHERE all(one IN $with WHERE one IN tied) AND none(one IN $without WHERE one IN tied)
RETURN i.itemId AS item
