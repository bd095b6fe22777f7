// Check whether a property identifies the nodes with a label.
// Parameters: none
// Columns: total (nodes), keyed (nodes with the property, other than as an empty text), differing (distinct values), kinds
//   (their types), fractions (values of FLOAT that are not whole, or beyond 64 bits)
MATCH (u:User)
WITH CASE WHEN u.userId <> '' THEN u.userId END AS key
RETURN
  count(*) AS total,
  count(key) AS keyed,
  count(DISTINCT key) AS differing,
  collect(DISTINCT valueType(key)) AS kinds,
  count(
    CASE
      WHEN key IS :: FLOAT NOT NULL AND (key <> floor(key) OR isNaN(key) OR abs(key) >= 2.0 ^ 63) THEN 1
    END
  ) AS fractions
