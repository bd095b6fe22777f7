// Index the items by their knowledge entity. Not unique: two editions of a film are one entity.
// Parameters: none
// Columns: none
CREATE INDEX IF NOT EXISTS
FOR (i:Item)
ON (i.entityId)
