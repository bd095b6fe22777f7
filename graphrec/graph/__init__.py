"""Neo4j → arrays → ``HeteroData``, and the mapping of a graph that is there."""
