"""The seam to Neo4j: the driver, the queries, the managed local server."""
