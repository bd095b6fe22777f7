// Read the properties of the relationships and nodes on a path between users and items, from a sample.
// Parameters: sample (number of paths)
// Columns: place (0: the first relationship, 1: the first node between), key, kinds (value types), share (of the sample
//   that has it), some (up to 100 values that are numbers or the beginnings of texts)
MATCH way = (u:User)-[:RATED]-(i:Item)
WITH way
LIMIT $sample
WITH collect(way) AS sampled, count(*) AS size
UNWIND sampled AS way
WITH size, nodes(way) AS met, relationships(way) AS steps
UNWIND range(0, 2 * size(steps) - 2) AS place
WITH
  size,
  place,
  CASE place % 2
    WHEN 0 THEN steps[place / 2]
    ELSE met[(place + 1) / 2]
  END AS element
UNWIND [name IN keys(element) WHERE name <> 'eventKey'] AS key // graphrec's own
WITH
  place,
  key,
  size,
  collect(DISTINCT valueType(element[key])) AS kinds,
  count(*) AS having,
  collect(
    CASE
      WHEN element[key] IS :: STRING THEN left(element[key], 64)
      WHEN element[key] IS :: INTEGER | FLOAT THEN element[key]
    END
  ) AS values
RETURN
  place,
  key,
  kinds,
  toFloat(having) / size AS share,
  values[..100] AS some
ORDER BY place, key
