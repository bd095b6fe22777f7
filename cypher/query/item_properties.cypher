// Purpose: describe the numeric and text properties of items, from some of them, to understand wishes in words.
// In Neo4j Browser: :param {own: ['title'], sample: 5000, texts: 200}
// Parameters:
//   own: properties to leave out
//   sample: number of items at most
//   texts: different values of a text property at most; one with more has none
// Columns:
//   property: its name
//   numbers: number of items where it is a number, or a text that is one
//   low, middle, high: the least, middle and greatest number; null without any
//   texts: its different texts of at most 60 characters; empty if there are more than wanted
MATCH (i:Item)
WITH i
LIMIT toInteger($sample)
UNWIND [name IN keys(i) WHERE NOT name IN $own] AS property
WITH
  property,
  CASE
    WHEN i[property] IS :: INTEGER NOT NULL | FLOAT NOT NULL | STRING NOT NULL THEN toFloatOrNull(i[property])
  END AS number,
  CASE WHEN i[property] IS :: STRING NOT NULL THEN left(i[property], 61) END AS text
WITH
  property,
  count(number) AS numbers,
  count(text) AS held,
  min(number) AS low,
  percentileDisc(number, 0.5) AS middle,
  max(number) AS high,
  collect(DISTINCT text) AS texts
RETURN
  property,
  CASE WHEN held > numbers AND numbers < 0.9 * held THEN 0 ELSE numbers END AS numbers,
  low,
  middle,
  high,
  CASE
    WHEN size(texts) <= toInteger($texts) THEN [value IN texts WHERE size(value) <= 60]
    ELSE []
  END AS texts
ORDER BY property
