// Make the user's key unique, and thereby indexed.
// Parameters: none
// Columns: none
CREATE CONSTRAINT IF NOT EXISTS
FOR (u:User)
REQUIRE u.userId IS UNIQUE
