// Purpose: find the items whose properties fit filters that somebody has put into words; the filters are values. Texts
//   that are numbers, such as '1995', are compared as such.
// In Neo4j Browser: :param {numbers: [], texts: [['title', 'Jaws', false]]}
// Parameters:
//   numbers: list of [property, at least, at most]; null: no limit on that side
//   texts: list of [property, value, whether the item must have it, or must not]
// Columns:
//   item: id of a fitting item
MATCH (i:Item)
WHERE
  all(n IN $numbers WHERE
    toFloatOrNull(i[n[0]]) IS NOT NULL
    AND (n[1] IS NULL OR toFloatOrNull(i[n[0]]) >= n[1])
    AND (n[2] IS NULL OR toFloatOrNull(i[n[0]]) <= n[2]))
  AND all(t IN $texts WHERE coalesce(i[t[0]] = t[1], false) = t[2])
RETURN i.itemId AS item
