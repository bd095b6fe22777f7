// Purpose: full-text index of the titles, by which an item can be named.
// Parameters: none
// Columns: none
CREATE FULLTEXT INDEX itemTitle IF NOT EXISTS
FOR (i:Item)
ON EACH [i.title]
