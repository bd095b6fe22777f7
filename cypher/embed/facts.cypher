// Read every item's knowledge: the names of its neighbours except users, by relationship type.
// Parameters: $knowledge LIST<STRING> (knowledge types; null: all), $beside LIST<STRING> (other types), $limit
//   INTEGER (names per type)
// Columns: node (element id), facts LIST<LIST<ANY>> ([type, names]; both in order)
MATCH (i:Item)
CALL (i) {
  MATCH (i)-[r]-(e)
  WHERE
    NOT e:User
    AND NOT type(r) IN $beside
    AND ($knowledge IS NULL OR type(r) IN $knowledge)
  WITH DISTINCT
    type(r) AS relation,
    toStringOrNull(coalesce(
      e.name,
      e.title,
      head([p IN keys(e) WHERE e[p] IS :: STRING NOT NULL AND p =~ '(?i).*(name|title|label)' | e[p]])
    )) AS name
  WHERE name IS NOT NULL
  ORDER BY relation, name
  WITH relation, collect(name)[..$limit] AS names
  ORDER BY relation
  RETURN collect([relation, names]) AS facts
}
WITH i, facts
WHERE size(facts) > 0
RETURN elementId(i) AS node, facts
