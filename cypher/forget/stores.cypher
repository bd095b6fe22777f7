// Purpose: list the databases of the server with the formats of their stores, without the system's.
// Parameters: none
// Columns:
//   name: the database
//   format: of its store
SHOW DATABASES
YIELD name, store
WHERE name <> 'system'
RETURN name, store AS format
