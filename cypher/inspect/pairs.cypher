// Read some pairs of a user and an item that a behaviour joins. User, RATED and Item are placeholders.
// Parameters: sample (number of pairs)
// Columns: user, item (internal ids)
MATCH (u:User)-[r:RATED]-(i:Item)
WITH DISTINCT u, i
LIMIT $sample
RETURN id(u) AS user, id(i) AS item
