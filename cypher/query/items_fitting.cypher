// Purpose: find the items whose properties fit filters that somebody has put into words; the filters are values. Texts
//   that are numbers, such as '1995', are compared as such.
// In Neo4j Browser: :param {numbers: [{property: 'year', atLeast: 1990, atMost: null}], texts: []}
// Parameters:
//   numbers: list of {property, atLeast, atMost}; null: no limit on that side
//   texts: list of {property, value, has}
// Columns:
//   item: id of a fitting item
MATCH (i:Item)
WHERE
  all(n IN $numbers WHERE
    toFloatOrNull(i[n.property]) IS NOT NULL
    AND (n.atLeast IS NULL OR toFloatOrNull(i[n.property]) >= n.atLeast)
    AND (n.atMost IS NULL OR toFloatOrNull(i[n.property]) <= n.atMost))
  AND all(t IN $texts WHERE coalesce(i[t.property] = t.value, false) = t.has)
RETURN i.itemId AS item
