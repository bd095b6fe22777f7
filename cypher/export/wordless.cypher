// Count the searches without a text vector, and those without text.
// Item and title are placeholders for the label of searches and the property of their text.
// Parameters: none
// Columns: missing, wordless
MATCH (i:Item)
WHERE i.textVector IS NULL
RETURN
  count(*) AS missing,
  count(CASE WHEN trim(coalesce(toStringOrNull(i.title), '')) = '' THEN 1 END) AS wordless
