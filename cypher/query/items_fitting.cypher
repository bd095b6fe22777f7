// Purpose: find the items whose properties fit filters that somebody has put into words; the filters are values.
// In Neo4j Browser: :param {numbers: [{property: 'year', atLeast: 1990, atMost: null}], texts: []}
// Parameters:
//   numbers: list of {property, atLeast, atMost}; null: no limit on that side
//   texts: list of {property, value, has}
// Columns:
//   item: id of a fitting item
MATCH (i:Item)
WHERE
  all(n IN $numbers WHERE
    i[n.property] IS NOT NULL
    AND (n.atLeast IS NULL OR coalesce(i[n.property] >= n.atLeast, false))
    AND (n.atMost IS NULL OR coalesce(i[n.property] <= n.atMost, false)))
  AND all(t IN $texts WHERE coalesce(i[t.property] = t.value, false) = t.has)
RETURN i.itemId AS item
