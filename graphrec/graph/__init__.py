"""Read a graph from Neo4j as arrays and ``HeteroData``, and propose the mapping of an existing graph."""
