// Purpose: count the impressions that graphrec has written: its own remember keys.
// Parameters: none
// Columns:
//   links: number of relationships
MATCH ()-[s:SHOWN]->()
WHERE s.recentKeys IS NOT NULL
RETURN count(s) AS links
