// Count the pairs of a user and an item that a behaviour joins. User, RATED and Item are placeholders.
// Parameters: pairs (lists of two internal ids)
// Columns: joined
UNWIND $pairs AS pair
MATCH (u)
WHERE id(u) = pair[0]
MATCH (i)
WHERE id(i) = pair[1] AND EXISTS {
  MATCH (u:User)-[r:RATED]-(i:Item)
}
RETURN count(*) AS joined
