// Purpose: find the items that users were shown often without a reaction: for the cool-down. A reaction is a behaviour
//   on the item at the first showing or later, or one without a time that can be compared.
// In Neo4j Browser: :param {users: ['196'], least: 3, since: 0, kinds: ['RATED'], times: {RATED: 'at'}}
// Parameters:
//   users: ids of the users
//   least: number of showings from which an item counts as shown often
//   since: milliseconds since 1970; items whose last showing is earlier do not count
//   kinds: types of behaviour that are reactions
//   times: type → the property of its time; types without one are left out
// Columns:
//   user, item: ids
//   times: number of showings, of all runs
MATCH (u:User)
WHERE u.userId IN $users
MATCH (u)-[s:SHOWN]->(i:Item)
WITH
  u,
  i,
  sum(s.times) AS times,
  min(s.firstAt) AS first,
  max(s.lastAt) AS last
WHERE times >= $least AND last.epochMillis >= $since
WITH u, i, times, first.epochSeconds AS first
WHERE NOT EXISTS { // or by a path
  MATCH (u)-[r]-(i)
  WHERE
    type(r) IN $kinds
    AND CASE
      WHEN r[$times[type(r)]] IS :: ZONED DATETIME NOT NULL THEN r[$times[type(r)]].epochSeconds >= first
      WHEN r[$times[type(r)]] IS :: LOCAL DATETIME NOT NULL
        THEN datetime({datetime: r[$times[type(r)]], timezone: 'Z'}).epochSeconds >= first
      WHEN r[$times[type(r)]] IS :: INTEGER NOT NULL AND r[$times[type(r)]] >= 100000000000
        THEN r[$times[type(r)]] / 1000 >= first
      WHEN r[$times[type(r)]] IS :: INTEGER NOT NULL AND r[$times[type(r)]] >= 1000000000
        THEN r[$times[type(r)]] >= first
      ELSE true
    END
  RETURN true AS reacted
}
RETURN u.userId AS user, i.itemId AS item, times
