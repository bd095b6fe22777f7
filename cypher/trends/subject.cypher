// Purpose: find an item or an entity by its id or its name.
// Parameters:
//   ids: forms in which the id may be stored
//   name: its name, in any case
// Columns:
//   node: element id
//   posts: number of posts that mention it
CALL () {
  MATCH (i:Item)
  WHERE i.itemId IN $ids OR toLower(toStringOrNull(i.title)) = toLower($name)
  RETURN i AS n
  UNION
  MATCH (e:Entity)
  WHERE e.entityId IN $ids OR toLower(toStringOrNull(e.name)) = toLower($name)
  RETURN e AS n
}
WITH n, COUNT { (n)<-[:MENTIONS]-(:Post) } AS posts
ORDER BY posts DESC, elementId(n)
RETURN elementId(n) AS node, posts
