// Purpose: read users' interactions, for fold-in.
// In Neo4j Browser: :param {users: ['196'], kinds: ['RATED'], strengths: {RATED: 'rating'}, times: {RATED: 'at'}, noTime: 0}
// Parameters:
//   users: ids of the users
//   kinds: types of behaviour
//   strengths, times: type → the property of its strength or time; types without one are left out
//   noTime: marks a missing time
// Columns:
//   user, item: ids
//   kind: type of the behaviour
//   strength: null if missing
//   time: epoch seconds if it is a temporal value; {number: n} if it is a number that may be a date, such as 20240301;
//     other values unchanged
MATCH (u:User)
WHERE u.userId IN $users
CALL (u) { // or by a path
  MATCH (u)-[r]-(i:Item)
  WHERE type(r) IN $kinds
  RETURN i, type(r) AS kind, r[$strengths[type(r)]] AS strength, r[$times[type(r)]] AS moment
}
RETURN
  u.userId AS user,
  i.itemId AS item,
  kind,
  strength,
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
  END AS time
