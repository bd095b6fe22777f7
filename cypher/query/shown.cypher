// Purpose: read the titles of items that may be shown now, and their entities by some relations. An item that is
//   hidden, expired or out of stock may not be shown (graphrec.serving.availability).
// In Neo4j Browser: :param {items: ['50'], types: ['HAS_GENRE']}
// Parameters:
//   items: ids of the items
//   types: knowledge types
// Columns:
//   shown: list of [id, title, list of [type, element id of an entity]], in one row, which the driver reads four times as
//     fast as many; an item that is missing, or may not be shown, is left out
MATCH (i:Item)
WHERE
  i.itemId IN $items
  AND ( // i may be shown
    coalesce(i.hidden <> true, true)
    AND coalesce(NOT i.stock <= 0, true)
    AND (
      i.expiresAt IS NULL
      OR coalesce(
        i.expiresAt > datetime(),
        i.expiresAt > localdatetime({timezone: 'Z'}),
        i.expiresAt >= date({timezone: 'Z'}),
        CASE
          WHEN 1900 <= i.expiresAt <= 2100 THEN i.expiresAt >= date({timezone: 'Z'}).year
          WHEN 19000101 <= i.expiresAt <= 21001231 THEN
            i.expiresAt >= toInteger(replace(toString(date({timezone: 'Z'})), '-', ''))
          WHEN i.expiresAt < 1e11 THEN i.expiresAt > datetime().epochSeconds
          WHEN i.expiresAt < 1e14 THEN i.expiresAt > datetime().epochMillis
          ELSE
            i.expiresAt >
            datetime().epochMillis *
            CASE
              WHEN i.expiresAt < 1e17 THEN 1000
              ELSE 1000000
            END
        END,
        head([
          text IN [toStringOrNull(i.expiresAt)]
          WHERE text =~ '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:.*)?' |
          replace(text, ' ', 'T') +
          CASE size(text)
            WHEN 10 THEN 'T24'
            ELSE ''
          END >
          toString(
            datetime({
              timezone:
                CASE
                  WHEN text =~ '.*[+-](0[0-9]|1[0-7]):[0-5][0-9]' THEN right(text, 6)
                  ELSE 'Z'
                END
            })
          )
        ]),
        true
      )
    )
  )
RETURN collect([
    i.itemId,
    coalesce(i.title, toString(i.itemId)),
    COLLECT {
      WITH i
      WHERE size($types) > 0 // else all relationships of the item would be looked at
      MATCH (i)-[r:$any($types)]-(e)
      WHERE NOT e:Item AND NOT e:User
      RETURN DISTINCT [type(r), elementId(e)]
    }
  ]) AS shown
