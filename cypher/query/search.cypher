// Find the items whose text, image or audio lies nearest to a vector of the encoder that made the items' vectors.
// Parameters: $index (itemText, itemImage or itemAudio), $vector LIST<FLOAT>, $candidates INTEGER (looked at; more find
//   more: 10 times $k), $k INTEGER (returned)
// Columns: item, title, score ((1 + cosine) / 2)
CALL db.index.vector.queryNodes($index, $candidates, $vector)
YIELD node AS i, score
RETURN i.itemId AS item, coalesce(i.title, toString(i.itemId)) AS title, score
ORDER BY score DESC, item
LIMIT $k
