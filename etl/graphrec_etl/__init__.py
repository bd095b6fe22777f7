"""Files → Neo4j: one module a source format; rows are typed and checked before anything is written."""
