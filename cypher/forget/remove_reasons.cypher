// Purpose: remove the stored reasons of others' links that name a person who is an item too, in batches.
// Parameters:
//   keys: the forms in which the id may be stored, as texts
// Columns: none
MATCH ()-[r:RECOMMENDED]->()
WHERE r.reasonKinds IS NOT NULL
WITH
  r,
  [
    n IN range(0, size(r.reasonKinds) - 1)
    WHERE
      none(key IN r.reasonItems[(3 * n)..(3 * n + 3)] WHERE key IN $keys)
      AND NOT (r.reasonKinds[n] = 'related' AND r.reasonCommon[n] IN $keys)
  ] AS kept
WHERE size(kept) < size(r.reasonKinds)
CALL (r, kept) {
  SET r.reasonItems = [p IN range(0, size(r.reasonItems) - 1) WHERE p / 3 IN kept | r.reasonItems[p]],
    r.reasonShares = [n IN kept | r.reasonShares[n]],
    r.reasonCommon = [n IN kept | r.reasonCommon[n]],
    r.reasonKinds = [n IN kept | r.reasonKinds[n]]
} IN TRANSACTIONS OF 1000 ROWS
