// Return Neo4j's version and edition.
// Parameters: none
// Columns: version, edition (community or enterprise)
CALL dbms.components() YIELD name, versions, edition
WHERE name = 'Neo4j Kernel'
RETURN versions[0] AS version, edition
