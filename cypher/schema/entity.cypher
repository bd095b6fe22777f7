// Make the entity's key unique, and thereby indexed.
// Parameters: none
// Columns: none
CREATE CONSTRAINT IF NOT EXISTS
FOR (e:Entity)
REQUIRE e.entityId IS UNIQUE
