// Purpose: list the titles of items, and the names of what knowledge ties them to, as words that people may say.
// In Neo4j Browser: :param {knowledge: null, limit: 2000}
// Parameters:
//   knowledge: types that tie an item to an entity; null: all
//   limit: number of titles, and of names, at most
// Columns:
//   name: a title or a name
CALL () {
  MATCH (i:Item)
  WHERE i.title IS NOT NULL
  RETURN toStringOrNull(i.title) AS name
  LIMIT toInteger($limit)
UNION
  MATCH (i:Item)-[r]-(e:Entity)
  WHERE e.name IS NOT NULL AND ($knowledge IS NULL OR type(r) IN $knowledge)
  RETURN DISTINCT toStringOrNull(e.name) AS name
  LIMIT toInteger($limit)
}
RETURN DISTINCT name
