// Purpose: read a numeric property of some items, and where the lowest and highest quarter of all items begin.
// In Neo4j Browser: :param {property: 'year', items: ['50']}
// Parameters:
//   property: its name
//   items: ids of the items
// Columns:
//   shown: the numbers of these items
//   low, high: a quarter of all items have at most, or at least, this number; null: no item has one
//   whole: whether all numbers are whole ones
MATCH (i:Item)
WITH i, toFloatOrNull(i[$property]) AS number
WHERE number IS NOT NULL
RETURN
  collect(CASE WHEN i.itemId IN $items THEN number END) AS shown,
  percentileDisc(number, 0.25) AS low,
  percentileDisc(number, 0.75) AS high,
  sum(CASE WHEN number = floor(number) THEN 0 ELSE 1 END) = 0 AS whole
