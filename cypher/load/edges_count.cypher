// Counts the relationships of a type, from Neo4j's own count store. RATED stands for any type.
// Parameters: none
// Columns: edges - how many
MATCH ()-[r:RATED]->()
RETURN count(r) AS edges
