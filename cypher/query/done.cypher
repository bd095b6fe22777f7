// Purpose: read users' interactions, for fold-in: all in one row, with lists of the same order, as single rows
//   take the driver ten times as long.
// In Neo4j Browser: :param {users: ['196'], kinds: ['BEHAVIOUR'], strengths: {}, times: {}, noTime: 0, ungraded: -1}
// Parameters:
//   users: ids of the users
//   kinds: types of behaviour
//   strengths, times: type → the property of its strength or time; types without one are left out
//   noTime, ungraded: mark a missing time and strength
// Columns:
//   done: a list per user and type: the id of the user, the type, and three lists:
//     items: ids
//     strengths: as stored; empty if the type has none
//     times: epoch seconds of a temporal value; {number: n} for a number that may be a date, such as 20240301; other
//       values unchanged; empty if the type has none
MATCH (u:User)
WHERE u.userId IN $users
CALL (u) { // or by a path
  MATCH (u)-[r:BEHAVIOUR]-(i:Item)
  WHERE type(r) IN $kinds
  RETURN i, type(r) AS kind, r[$strengths[type(r)]] AS strength, r[$times[type(r)]] AS moment
}
WITH u, kind, i.itemId AS item, strength, moment
WHERE item IS NOT NULL
WITH
  u,
  kind,
  collect(item) AS items,
  collect(coalesce(strength, $ungraded)) AS strengths,
  collect(
    CASE
      WHEN moment IS NULL THEN toInteger($noTime)
      WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
      WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
      WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
      WHEN
        moment IS :: INTEGER
        AND (1900 <= moment <= 2100 OR 19000101 <= moment <= 21001231 OR 19000101000000 <= moment <= 21001231235959)
        THEN {number: moment} // may be a date: not to be taken for epoch seconds
      WHEN moment IS :: BOOLEAN THEN toString(moment) // would pass for 0 or 1
      ELSE moment
    END
  ) AS times
WITH
  u.userId AS user,
  kind,
  items,
  CASE
    WHEN $strengths[kind] IS NULL THEN []
    ELSE strengths
  END AS strengths,
  CASE
    WHEN $times[kind] IS NULL THEN []
    ELSE times
  END AS times
RETURN collect([user, kind, items, strengths, times]) AS done
