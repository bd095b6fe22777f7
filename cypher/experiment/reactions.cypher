// Purpose: read what runs have shown since a time, and what each user did since then; one row per user who was shown
//   anything. Each behaviour is looked at once.
// Parameters:
//   runs: the runs
//   since: seconds since 1970
//   kinds: types of behaviour that are reactions
//   times: type → property of its time
// Columns:
//   user: id of the user
//   shown: list of [item, run, when first, how often]; the item by its internal id, times in seconds since 1970
//   acts: list of [item, when]
MATCH (u:User)
WITH
  u,
  COLLECT {
    MATCH (u)-[s:SHOWN]->(i:Item)
    WHERE s.runId IN $runs AND s.lastAt.epochSeconds >= $since
    RETURN [id(i), s.runId, s.firstAt.epochSeconds, s.times]
  } AS shown
WHERE size(shown) > 0
WITH
  u,
  shown,
  COLLECT { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE type(b) IN $kinds
    WITH i, b[$times[type(b)]] AS moment
    WITH
      i,
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
    WHERE at >= $since
    RETURN [id(i), at]
  } AS acts
RETURN u.userId AS user, shown, acts
