// Check whether this type joins two nodes other than users.
// Parameters: none
// Columns: found (boolean)
RETURN EXISTS {
  MATCH (a)-[:HAS_GENRE]->(b)
  WHERE NOT a:User AND NOT b:User
} AS found
