// Purpose: explain why an item may suit a user: the model's item–item weights from the user's items, entities shared
//   with liked items, users of both, and similar content. Liked: an interaction, and if rated, not below the user's own
//   average. A pair with any dislike is never evidence, for any user. Behaviours may point either way.
// In Neo4j Browser: :param {user: '196', item: '50', run: null, k: 5, sample: 1000, history: 10000, others: 200, behaviours: null, targets: null, dislikes: {}, knowledge: null}
// Parameters:
//   user, item: their ids
//   run: the run; null, or one that is not kept: the active one
//   k: reasons of each kind
//   sample: number of the item's users to examine
//   history: number of the user's items to examine for the model's weights
//   others: number of items not of the user to compare the item's content with: similar is what is nearer than 95 % of them
//   behaviours: behaviour types; null: all
//   targets: the target types among them; null: all
//   dislikes: type of behaviour → [property, strength that is a dislike at most], such as {RATED: ['rating', 2.0]},
//     and the words that count as one, if any: {RATED: ['opinion', 0, ['hate']]};
//     [null, null] where all of the type are dislikes
//   knowledge: knowledge types; null: all
// Columns:
//   kind: published, done, similar, entity, link, behaviour or content
//   via, viaTitles: up to three liked items as evidence (similar: the user's items, strongest first)
//   relations: the types of the knowledge edges that point away from the item; of the user's own behaviours, when done
//   incoming: the types of those that point at it
//   entity: the shared entity
//   runId: the run, when published
//   count: liked items that share it; users of both; the rank, when published; items with a weight, when similar
//   total: all items that share it; users examined; the user's items examined, when similar
//   score: orders the reasons of one kind; cosine for content; sum of the published weights, when similar
OPTIONAL MATCH (:Recommender {recommenderId: 'default'})-[:ACTIVE]->(active:Run)
// Use one run, even if another is activated meanwhile.
WITH active
ORDER BY active.publishedAt DESC
LIMIT 1
OPTIONAL MATCH (chosen:Run {runId: $run})
WHERE chosen.state = 'ready'
WITH coalesce(chosen, active) AS run
MATCH (u:User {userId: $user})
MATCH (item:Item {itemId: $item})
CALL (u, item) {
  CALL (u, item) { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE
      i <> item
      AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY']
      AND ($behaviours IS NULL OR type(b) IN $behaviours OR type(b) IN keys($dislikes))
    RETURN i, type(b) AS done, b.rating AS rating, b[$dislikes[type(b)][0]] AS grade
  }
  WITH
    i,
    max(toFloatOrNull(rating)) AS rating,
    max($targets IS NULL OR done IN $targets) AS chosen,
    max(coalesce(
      $dislikes[done][0] IS NULL AND done IN keys($dislikes)
      OR toFloatOrNull(grade) <= $dislikes[done][1]
      OR grade IN $dislikes[done][2],
      false
    )) AS disliked
  WITH collect([i, rating, chosen, disliked]) AS all, avg(rating) AS mean
  WITH [one IN all WHERE NOT one[3]] AS done, mean
  RETURN
    [one IN done WHERE one[1] IS NULL OR one[1] >= mean | one[0]] AS liked,
    [one IN done WHERE one[2] | one[0]][..toInteger($history)] AS chosen
}
CALL (run, u, item, liked, chosen) {
  MATCH (u)-[r:RECOMMENDED]->(item)
  WHERE r.runId = run.runId
  RETURN
    'published' AS kind,
    [] AS via,
    [] AS relations,
    [] AS incoming,
    null AS entity,
    run.runId AS runId,
    r.rank AS count,
    run.k AS total,
    r.score AS score
UNION ALL
  CALL (u, item) { // or by a path
    MATCH (u)-[b]-(i:Item)
    WHERE
      i = item
      AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY']
      AND ($behaviours IS NULL OR type(b) IN $behaviours OR type(b) IN keys($dislikes))
    RETURN type(b) AS done
  }
  WITH collect(DISTINCT done) AS relations
  WHERE size(relations) > 0
  RETURN
    'done' AS kind,
    [] AS via,
    relations,
    [] AS incoming,
    null AS entity,
    null AS runId,
    size(relations) AS count,
    1 AS total,
    1.0 AS score
UNION ALL
  UNWIND chosen AS i
  MATCH (i)-[r:SIMILAR]->(item)
  WHERE r.runId = coalesce(run.itemsRunId, run.runId)
  WITH i, r.weight AS weight, size(chosen) AS total
  ORDER BY weight DESC, i.itemId
  WITH collect(i) AS via, total, sum(weight) AS score
  RETURN
    'similar' AS kind,
    via[..3] AS via,
    [] AS relations,
    [] AS incoming,
    null AS entity,
    null AS runId,
    size(via) AS count,
    total,
    score
UNION ALL
  MATCH (item)-[mine]-(e)
  WHERE NOT e:User AND NOT e:Item AND ($knowledge IS NULL OR type(mine) IN $knowledge)
  WITH
    liked,
    e,
    collect(DISTINCT CASE WHEN startNode(mine) = item THEN type(mine) END) AS relations,
    collect(DISTINCT CASE WHEN endNode(mine) = item THEN type(mine) END) AS incoming
  MATCH (e)-[theirs]-(i:Item)
  WHERE $knowledge IS NULL OR type(theirs) IN $knowledge
  WITH DISTINCT liked, e, relations, incoming, i
  WITH e, relations, incoming, count(i) AS total, collect(CASE WHEN i IN liked THEN i END) AS shared
  WHERE size(shared) > 0
  WITH
    e,
    relations,
    incoming,
    total,
    shared,
    // The rarer the entity the more it says (inverse document frequency), the surer the more liked items share it.
    log(toFloat(COUNT { (:Item) }) / total) * size(shared) / (size(shared) + 1) AS score,
    coalesce(
      e.name,
      e.title,
      // Such as companyName or rdfs__label; then any text that is not an id.
      head([p IN keys(e) WHERE e[p] IS :: STRING NOT NULL AND p =~ '(?i).*(name|title|label)' | e[p]]),
      head([
        p IN keys(e)
        WHERE
          e[p] IS :: STRING NOT NULL
          AND e[p] <> toString(coalesce(e.entityId, ''))
          AND NOT p =~ '(?i).*(id|uri|url|iri|key|code|date)' |
        e[p]
      ])
    ) AS name
  // An entity without a readable name explains little to a person: those come last.
  ORDER BY name IS NULL, score DESC, total, toString(name)
  LIMIT toInteger($k)
  RETURN
    'entity' AS kind,
    shared[..3] AS via,
    relations,
    incoming,
    toString(coalesce(name, e.entityId, elementId(e))) AS entity,
    null AS runId,
    size(shared) AS count,
    total,
    score
UNION ALL
  MATCH (item)-[r]-(i:Item)
  WHERE
    i IN liked
    AND NOT type(r) IN ['SIMILAR', 'RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY']
    AND ($knowledge IS NULL OR type(r) IN $knowledge)
  WITH
    i,
    collect(DISTINCT CASE WHEN startNode(r) = item THEN type(r) END) AS relations,
    collect(DISTINCT CASE WHEN endNode(r) = item THEN type(r) END) AS incoming
  LIMIT toInteger($k)
  RETURN
    'link' AS kind,
    [i] AS via,
    relations,
    incoming,
    null AS entity,
    null AS runId,
    1 AS count,
    1 AS total,
    1.0 AS score
UNION ALL
  CALL (u, item) { // or by a path
    MATCH (item)-[b]-(v:User)
    WHERE
      v <> u
      AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY']
      AND ($behaviours IS NULL OR type(b) IN $behaviours OR type(b) IN keys($dislikes))
    RETURN v, type(b) AS done, b[$dislikes[type(b)][0]] AS grade
  }
  WITH
    liked,
    v,
    max(coalesce(
      $dislikes[done][0] IS NULL AND done IN keys($dislikes)
      OR toFloatOrNull(grade) <= $dislikes[done][1]
      OR grade IN $dislikes[done][2],
      false
    )) AS disliked
  WHERE NOT disliked
  WITH liked, v
  LIMIT toInteger($sample)
  WITH liked, collect(v) AS others
  UNWIND others AS v
  CALL (v, liked) { // or by a path
    MATCH (v)-[b]-(i:Item)
    WHERE
      i IN liked
      AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY']
      AND ($behaviours IS NULL OR type(b) IN $behaviours OR type(b) IN keys($dislikes))
    RETURN i, type(b) AS done, b[$dislikes[type(b)][0]] AS grade, endNode(b) = i AS forward
  }
  WITH
    i,
    v,
    size(others) AS total,
    max(forward) AS forward,
    max(coalesce(
      $dislikes[done][0] IS NULL AND done IN keys($dislikes)
      OR toFloatOrNull(grade) <= $dislikes[done][1]
      OR grade IN $dislikes[done][2],
      false
    )) AS disliked
  WHERE NOT disliked
  WITH i, total, max(forward) AS forward, count(v) AS count
  // Cosine of the two audiences: items that everybody did say little. What graphrec published is no audience.
  WITH
    i,
    total,
    count,
    CASE
      WHEN forward THEN COUNT { (i)<--() } - COUNT { (i)<-[:RECOMMENDED]-() } - COUNT { (i)<-[:SIMILAR]-() }
      ELSE COUNT { (i)-->() } - COUNT { (i)-[:SIMILAR]->() }
    END AS audience
  WITH i, total, count, count / sqrt(toFloat(total) * audience) AS score
  ORDER BY score DESC, i.itemId
  LIMIT toInteger($k)
  RETURN
    'behaviour' AS kind,
    [i] AS via,
    [] AS relations,
    [] AS incoming,
    null AS entity,
    null AS runId,
    count,
    total,
    score
UNION ALL
  CALL (item, liked, chosen) {
    MATCH (other:Item)
    WHERE
      other <> item
      AND NOT other IN liked
      AND NOT other IN chosen
      AND size(other.contentVector) = size(item.contentVector)
    WITH other
    LIMIT toInteger($others)
    WITH other, item
    WHERE any(x IN other.contentVector WHERE x <> 0) AND any(x IN item.contentVector WHERE x <> 0)
    WITH 2 * vector.similarity.cosine(other.contentVector, item.contentVector) - 1 AS cosine
    // What any two items reach says nothing about this user; a negative cosine is no likeness at all.
    RETURN coalesce(percentileCont(cosine, 0.95), 0.0) AS bound
  }
  UNWIND liked AS i
  WITH item, i, bound
  WHERE
    size(i.contentVector) = size(item.contentVector)
    AND any(x IN i.contentVector WHERE x <> 0)
    AND any(x IN item.contentVector WHERE x <> 0)
  WITH i, bound, 2 * vector.similarity.cosine(i.contentVector, item.contentVector) - 1 AS score
  WHERE score > 0 AND score > bound
  WITH i, score
  ORDER BY score DESC, i.itemId
  LIMIT toInteger($k)
  RETURN
    'content' AS kind,
    [i] AS via,
    [] AS relations,
    [] AS incoming,
    null AS entity,
    null AS runId,
    1 AS count,
    1 AS total,
    score
}
RETURN
  kind,
  [i IN via | i.itemId] AS via,
  [i IN via | coalesce(i.title, toString(i.itemId))] AS viaTitles,
  relations,
  incoming,
  entity,
  runId,
  count,
  total,
  score
