// Purpose: count what the lists of each run showed and what came of it. A reaction is a behaviour on a shown item, at
//   its first showing by the run or later.
// In Neo4j Browser: :param {runs: ['r'], kinds: ['RATED'], times: {RATED: 'at'}}
// Parameters:
//   runs: the runs
//   kinds: types of behaviour that are reactions
//   times: type → the property of its time; types without one are left out, and are no reactions
// Columns:
//   runId: the run
//   impressions: number of showings
//   users: number of users who were shown anything
//   pairs: number of items that users were shown, each once for each user
//   reactions: number of these pairs with a reaction
//   reactingUsers: number of users with a reaction
MATCH (u:User)-[s:SHOWN]->(i:Item)
WHERE s.runId IN $runs
WITH
  s,
  u,
  EXISTS { // or by a path
    MATCH (u)-[r]-(i)
    WHERE
      type(r) IN $kinds
      AND CASE
        WHEN r[$times[type(r)]] IS :: ZONED DATETIME NOT NULL
          THEN r[$times[type(r)]].epochSeconds >= s.firstAt.epochSeconds
        WHEN r[$times[type(r)]] IS :: LOCAL DATETIME NOT NULL
          THEN datetime({datetime: r[$times[type(r)]], timezone: 'Z'}).epochSeconds >= s.firstAt.epochSeconds
        WHEN r[$times[type(r)]] IS :: INTEGER NOT NULL AND r[$times[type(r)]] >= 100000000000
          THEN r[$times[type(r)]] / 1000 >= s.firstAt.epochSeconds
        WHEN r[$times[type(r)]] IS :: INTEGER NOT NULL AND r[$times[type(r)]] >= 1000000000
          THEN r[$times[type(r)]] >= s.firstAt.epochSeconds
        ELSE false
      END
    RETURN true AS reacted
  } AS reacted
RETURN
  s.runId AS runId,
  sum(s.times) AS impressions,
  count(DISTINCT u) AS users,
  count(*) AS pairs,
  count(CASE WHEN reacted THEN 1 END) AS reactions,
  count(DISTINCT CASE WHEN reacted THEN u END) AS reactingUsers
ORDER BY runId
