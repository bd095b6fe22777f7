"""Load files into Neo4j: one module per source format; rows are typed and checked before anything is written."""
