// Purpose: read the titles of items, and their entities by some relations.
// In Neo4j Browser: :param {items: ['50'], types: ['HAS_GENRE']}
// Parameters:
//   items: ids of the items
//   types: knowledge types
// Columns:
//   item: the id; a missing item has no row
//   title: of the item
//   ties: pairs of a type and an entity's element id
MATCH (i:Item)
WHERE i.itemId IN $items
RETURN
  i.itemId AS item,
  coalesce(i.title, toString(i.itemId)) AS title,
  COLLECT {
    MATCH (i)-[r:$any($types)]-(e)
    WHERE NOT e:Item AND NOT e:User
    RETURN DISTINCT [type(r), elementId(e)]
  } AS ties
