// Count the relationships of a type, from Neo4j's count store. RATED is a placeholder for any type.
// Parameters: none
// Columns: edges - number of relationships
MATCH ()-[r:RATED]->()
RETURN count(r) AS edges
