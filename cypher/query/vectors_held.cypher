// Purpose: find out which content the items have, and which vectors of it one of them has.
// In Neo4j Browser: :param {item: '50'}
// Parameters:
//   item: id of the item; null: only what the items have
// Columns:
//   title: of the item
//   held: the modalities, and content, of which the item has a vector
//   vectors: the same of all items
//   images, sounds: whether any item names an image, or a sound
OPTIONAL MATCH (one:Item {itemId: $item})
RETURN
  coalesce(one.title, toString(one.itemId)) AS title,
  [
    kind IN
      [
        ['text', one.textVector],
        ['image', one.imageVector],
        ['audio', one.audioVector],
        ['content', one.contentVector]
      ]
    WHERE kind[1] IS NOT NULL |
    kind[0]
  ] AS held,
  [
    kind IN
      [
        ['text', EXISTS { (i:Item) WHERE i.textVector IS NOT NULL }],
        ['image', EXISTS { (i:Item) WHERE i.imageVector IS NOT NULL }],
        ['audio', EXISTS { (i:Item) WHERE i.audioVector IS NOT NULL }],
        ['content', EXISTS { (i:Item) WHERE i.contentVector IS NOT NULL }]
      ]
    WHERE kind[1] |
    kind[0]
  ] AS vectors,
  EXISTS { (i:Item) WHERE i.image IS NOT NULL } AS images,
  EXISTS { (i:Item) WHERE i.audio IS NOT NULL } AS sounds
