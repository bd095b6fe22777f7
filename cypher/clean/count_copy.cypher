// Purpose: count the texts that graphrec has written.
// Parameters: none
// Columns:
//   links: number of relationships
MATCH ()-[c:GRAPHREC_COPY]->()
RETURN count(c) AS links
