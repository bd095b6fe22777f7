// Purpose: create the full-text index of titles, to find items by title.
// Parameters:
//   index: its name
// Columns: none
CREATE FULLTEXT INDEX $index IF NOT EXISTS
FOR (i:Item)
ON EACH [i.title]
