// Purpose: the items whose text, image or audio lies nearest to a vector of the encoder that made the items' vectors.
//   `graphrec search` makes such a vector from words, a picture or a sound.
// In Neo4j Browser: :param {index: 'itemText', vector: [1.0, 0.0], candidates: 10, k: 3}
// Parameters:
//   index: itemText, itemImage or itemAudio
//   vector: LIST<FLOAT>
//   candidates: number of items that are looked at; more find more: 10 times k, and at least 200
//   k: number of items
// Columns:
//   item: id of the item
//   title: of the item
//   score: (1 + cosine) / 2
CALL db.index.vector.queryNodes($index, $candidates, $vector)
YIELD node AS i, score
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, score
ORDER BY score DESC, item
LIMIT $k
