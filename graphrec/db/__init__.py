"""Access to Neo4j: the driver, the queries, the managed local server."""

from graphrec.db.database import Database, connect

__all__ = ["Database", "connect"]
