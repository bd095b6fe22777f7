// Purpose: count the other users who have both an item and each of some items.
// In Neo4j Browser: :param {user: '196', item: '50', via: ['51'], behaviours: null}
// Parameters:
//   user, item: their ids
//   via: ids of the other items
//   behaviours: behaviour types that count; null: all
// Columns:
//   via: id of one of the other items
//   others: number of users, other than the one, with both
MATCH (u:User {userId: $user})
MATCH (item:Item {itemId: $item})
MATCH (i:Item)
WHERE i.itemId IN $via
// The users of each of the two: following what the users of one have done would visit all of it.
UNWIND [item, i] AS one
CALL (u, one) { // or by a path
  MATCH (one)-[b]-(v:User)
  WHERE v <> u AND NOT type(b) IN ['RECOMMENDED', 'SHOWN', 'GRAPHREC_COPY'] AND ($behaviours IS NULL OR type(b) IN $behaviours)
  RETURN v
}
WITH DISTINCT i, one, v
WITH i, v, count(one) AS both
WHERE both = 2
RETURN i.itemId AS via, count(v) AS others
