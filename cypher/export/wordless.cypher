// Counts the searches without a vector of their text, and those that have no text to make one of.
// Item and title stand for the label of searches and the property that holds their words.
// Parameters: none
// Columns: missing, wordless
MATCH (i:Item)
WHERE i.textVector IS NULL
RETURN
  count(*) AS missing,
  count(CASE WHEN trim(coalesce(toStringOrNull(i.title), '')) = '' THEN 1 END) AS wordless
