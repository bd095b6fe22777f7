"""Run → Neo4j: vectors, top-k links, SIMILAR edges; one switch, and the way back."""
