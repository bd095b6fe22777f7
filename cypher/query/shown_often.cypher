// Purpose: find the items that users were shown often without a reaction: for the cool-down. A reaction is a behaviour
//   on the item at the first showing or later, as in experiment/reactions, or one without a time that can be compared,
//   which an experiment leaves out.
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
  WHERE type(r) IN $kinds
  WITH r[$times[type(r)]] AS moment
  WITH
    CASE
      WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
      WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
      WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
      WHEN NOT moment IS :: INTEGER | FLOAT THEN null
      WHEN moment >= 1e17 THEN moment / 1e9
      WHEN moment >= 1e14 THEN moment / 1e6
      WHEN moment >= 1e11 THEN moment / 1e3
      ELSE moment
    END AS at
  WHERE coalesce(at >= first, true)
  RETURN true AS reacted
}
RETURN u.userId AS user, i.itemId AS item, times
