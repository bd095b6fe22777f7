// Purpose: count for each user and run what the run showed since a time, and on how much of it the user acted then.
// Parameters:
//   runs: the runs
//   since: seconds since 1970
//   kinds: types of behaviour that are reactions
//   times: type → property of its time
// Columns:
//   user: id of the user
//   runId: the run
//   shown: items shown
//   impressions: how often
//   reacted: items that the user acted on after they were first shown
MATCH (u:User)-[s:SHOWN]->(i:Item)
WHERE s.runId IN $runs AND s.lastAt.epochSeconds >= $since
WITH
  u,
  s,
  CASE WHEN s.firstAt.epochSeconds > $since THEN s.firstAt.epochSeconds ELSE $since END AS first,
  COLLECT { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE type(b) IN $kinds
    RETURN b[$times[type(b)]]
  } AS moments
WITH
  u,
  s,
  any(moment IN moments WHERE first <= CASE
    WHEN moment IS :: ZONED DATETIME THEN moment.epochSeconds
    WHEN moment IS :: LOCAL DATETIME THEN datetime({datetime: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: DATE THEN datetime({date: moment, timezone: 'Z'}).epochSeconds
    WHEN moment IS :: INTEGER | FLOAT THEN
      CASE
        WHEN moment >= 1e17 THEN moment / 1e9
        WHEN moment >= 1e14 THEN moment / 1e6
        WHEN moment >= 1e11 THEN moment / 1e3
        ELSE moment
      END
  END) AS reacted
RETURN
  u.userId AS user,
  s.runId AS runId,
  count(*) AS shown,
  sum(s.times) AS impressions,
  count(CASE WHEN reacted THEN 1 END) AS reacted
