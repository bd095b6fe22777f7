"""Publish a run to Neo4j: vectors, top-k links and SIMILAR edges, with an atomic switch and rollback."""
