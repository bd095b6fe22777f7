// Purpose: say why the published run recommends its items to a user: the reasons that publishing stored with the links,
//   with their names, and whether the graph still has each edge of their paths.
// In Neo4j Browser: :param {user: '196', item: null, run: null, behaviours: null, strengths: {RATED: 'rating'}, targets: null, knowledge: null, least: 5}
// Parameters:
//   user: id of the user
//   item: id of a recommended item; null: all
//   run: the run; null, or one that is not kept: the active one
//   behaviours: behaviour types; null: all
//   strengths: type of behaviour → the property of its strength, if it is not rating
//   targets: the behaviours that count as having an item, for others; null: all
//   knowledge: knowledge types; null: all
//   least: others who must have both items now, or the reason is left out, where it rests on others
// Columns:
//   rank, item, title: of the recommended item
//   kind: entity (both have it), related (both are related to a third item), link (one is related to the other), content
//     (theirs is alike), item (people who have the one have the other)
//   share: part of the score
//   via, viaTitles: up to three of the user's items, strongest first
//   common: name of the entity, title of the third item, or modality of the content
//   relations: types of the edges between these items and what is common, or the recommended item
//   itemRelations: types of the edges between the recommended item and what is common
//   exists: whether each edge of the path is in the graph now
//   others: number of others who have both items now; null for other kinds
//   sentence: the reason in words
OPTIONAL MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(active:Run)
WITH active
ORDER BY active.publishedAt DESC
LIMIT 1
OPTIONAL MATCH (chosen:Run {runId: $run})
WHERE chosen.state = 'ready'
WITH coalesce(chosen, active) AS run
MATCH (u:User {userId: $user})
CALL (u) {
  CALL (u) { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($behaviours IS NULL OR type(b) IN $behaviours)
    RETURN i, type(b) AS done, coalesce(b[$strengths[type(b)]], b.rating) AS strength
  }
  WITH i, done, strength
  ORDER BY strength IS NULL, done
  WITH i, head(collect([done, strength])) AS act
  WITH
    i,
    act,
    CASE
      WHEN i.itemId IS :: FLOAT NOT NULL THEN toString(toInteger(i.itemId)) // an id is a text or a whole number
      ELSE toString(i.itemId)
    END AS key
  RETURN collect([i, key, act[0], act[1]]) AS mine
}
MATCH (u)-[link:RECOMMENDED]->(scored:Item)
WHERE
  link.runId = run.runId
  AND ($item IS NULL OR scored.itemId = $item)
  AND true // scored may be shown
UNWIND range(0, coalesce(size(link.reasonKinds), 0) - 1) AS n
WITH
  u,
  scored,
  link.rank AS rank,
  n,
  link.reasonKinds[n] AS kind,
  link.reasonShares[n] AS share,
  link.reasonCommon[n] AS named,
  [key IN link.reasonItems[(3 * n)..(3 * n + 3)] WHERE key <> ''] AS via,
  mine
WITH
  u,
  scored,
  rank,
  n,
  kind,
  share,
  named,
  via,
  // The items of those ids, as the user has them now.
  [key IN via | head([one IN mine WHERE one[1] = key])] AS acts
CALL (scored, kind, named, acts) {
  WITH scored, kind, named, acts
  WHERE kind IN ['entity', 'related', 'link']
  UNWIND [scored] + [one IN acts WHERE one IS NOT NULL | one[0]] AS end
  MATCH (end)-[edge]-(e)
  WHERE
    NOT type(edge) IN ['RECOMMENDED', 'SIMILAR', 'SHOWN', 'GRAPHREC_COPY']
    AND ($knowledge IS NULL OR type(edge) IN $knowledge)
    AND ($behaviours IS NULL OR NOT type(edge) IN $behaviours)
    AND
      CASE kind
        WHEN 'link' THEN e = scored AND end <> scored
        WHEN 'related' THEN
          e:Item
          AND
            CASE
              WHEN e.itemId IS :: FLOAT NOT NULL THEN toString(toInteger(e.itemId))
              ELSE toString(e.itemId)
            END = named
        ELSE
          NOT e:Item
          AND NOT e:User
          AND coalesce(toString(e.entityId), elementId(e)) = named
      END
  RETURN
    collect(
      CASE kind
        WHEN 'related' THEN toString(coalesce(e.title, e.itemId))
        ELSE
          toString(coalesce(
            e.name,
            e.title,
            head([p IN keys(e) WHERE e[p] IS :: STRING NOT NULL AND p =~ '(?i).*(name|title|label)' | e[p]]),
            named
          ))
      END
    )[0] AS name,
    count(DISTINCT end) AS ends,
    collect(DISTINCT CASE WHEN end <> scored THEN type(edge) END) AS relations,
    collect(DISTINCT CASE WHEN end = scored THEN type(edge) END) AS itemRelations
}
CALL (u, scored, kind, acts) {
  WITH u, scored, acts
  WHERE kind = 'item' AND acts[0] IS NOT NULL
  UNWIND [scored, acts[0][0]] AS item
  CALL (item) { // or by a path
    MATCH (item)-[b]-(v:User)
    WHERE NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($targets IS NULL OR type(b) IN $targets)
    RETURN v
  }
  WITH u, v, count(DISTINCT item) AS both
  WHERE both = 2 AND v <> u
  RETURN count(v) AS others
}
WITH
  scored,
  rank,
  n,
  kind,
  share,
  via,
  acts,
  CASE kind
    WHEN 'content' THEN named
    WHEN 'link' THEN null
    WHEN 'item' THEN null
    ELSE coalesce(name, named)
  END AS common,
  CASE
    WHEN kind = 'item' THEN others
  END AS others,
  relations,
  itemRelations,
  none(one IN acts WHERE one IS NULL)
  AND
    CASE
      WHEN kind IN ['entity', 'related'] THEN ends = size(via) + 1
      WHEN kind = 'link' THEN ends = size(via)
      ELSE true
    END AS exists,
  [p IN range(0, size(via) - 1) | toString(coalesce(acts[p][0].title, via[p]))] AS viaTitles
WHERE kind <> 'item' OR others >= $least
WITH
  *,
  [
    p IN range(0, size(via) - 1) |
    CASE
      WHEN p = 0 OR acts[p][2] <> acts[p - 1][2] THEN coalesce(acts[p][2], 'had') + ' '
      ELSE ''
    END +
    '“' +
    viaTitles[p] +
    '”' +
    coalesce(' (' + trim(replace(toStringOrNull(acts[p][3]) + ' ', '.0 ', ' ')) + ')', '')
  ] AS told,
  relations + [one IN itemRelations WHERE NOT one IN relations] AS edges
WITH
  *,
  reduce(
    text = 'because you ',
    p IN range(0, size(told) - 1) |
    text +
    CASE
      WHEN p = 0 THEN ''
      WHEN p = size(told) - 1 THEN ' and '
      ELSE ', '
    END +
    told[p]
  ) AS because,
  CASE size(via)
    WHEN 1 THEN ', which '
    WHEN 2 THEN ': both '
    ELSE ': all '
  END AS they
RETURN
  rank,
  scored.itemId AS item,
  coalesce(scored.title, toString(scored.itemId)) AS title,
  kind,
  share,
  via,
  viaTitles,
  common,
  relations,
  itemRelations,
  exists,
  others,
  because +
  CASE kind
    WHEN 'entity' THEN
      they +
      CASE size(via)
        WHEN 1 THEN 'shares “'
        ELSE 'share “'
      END +
      common +
      '” with it'
    WHEN 'related' THEN
      they +
      CASE size(via)
        WHEN 1 THEN 'is related to “'
        ELSE 'are related to “'
      END +
      common +
      '”, like it'
    WHEN 'link' THEN ', which is related to it'
    WHEN 'content' THEN
      CASE size(via)
        WHEN 1 THEN ', whose '
        ELSE ': their '
      END +
      common +
      ' points to it'
    ELSE ': ' + toString(others) + ' others have both'
  END +
  CASE size(edges)
    WHEN 0 THEN ''
    ELSE ' (' + reduce(text = '', one IN edges | text + CASE text WHEN '' THEN '' ELSE ', ' END + one) + ')'
  END AS sentence
ORDER BY rank, n
