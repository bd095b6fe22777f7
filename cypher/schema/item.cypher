// Make the item's key unique, and thereby indexed.
// Parameters: none
// Columns: none
CREATE CONSTRAINT IF NOT EXISTS
FOR (i:Item)
REQUIRE i.itemId IS UNIQUE
