// Purpose: count the stored reasons of others' links that name a person who is an item too.
// Parameters:
//   keys: the forms in which the id may be stored, as texts
// Columns:
//   reasons: number
MATCH ()-[r:RECOMMENDED]->()
WHERE r.reasonKinds IS NOT NULL
UNWIND range(0, size(r.reasonKinds) - 1) AS n
WITH r, n
WHERE
  any(key IN r.reasonItems[(3 * n)..(3 * n + 3)] WHERE key IN $keys)
  OR (r.reasonKinds[n] = 'related' AND r.reasonCommon[n] IN $keys)
RETURN count(*) AS reasons
