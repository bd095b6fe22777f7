// Purpose: create the full-text index of titles, to find items by title.
// Parameters: none
// Columns: none
CREATE FULLTEXT INDEX itemTitle IF NOT EXISTS
FOR (i:Item)
ON EACH [i.title]
