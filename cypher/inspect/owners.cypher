// Count the owners of the nodes of a label, in a sample of those that have any, as the people of a household.
// Item is a placeholder for the label of the nodes, User for that of their owners, RATED for the type.
// Parameters: sample (number of nodes)
// Columns: owners (number of owners of one node)
MATCH (:User)-[:RATED]-(i:Item)
WITH DISTINCT i
LIMIT $sample
RETURN COUNT { (i)-[:RATED]-(:User) } AS owners
