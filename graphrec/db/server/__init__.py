"""The managed local Neo4j: a real Community server that graphrec installs, starts and stops itself.

One server per project, its files below ``<home>/neo4j`` (:mod:`graphrec.db.server.layout`); the jars are shared by all
projects of a user (:mod:`graphrec.db.server.jars`). Importing this package is cheap: expensive modules are imported
only to start a server.
"""

from graphrec.db.server.layout import Address
from graphrec.db.server.lifecycle import (
    ServerStatus,
    browser_url,
    crashed,
    ensure,
    exists,
    log_path,
    password_path,
    revive,
    status,
    stop,
)

__all__ = [
    "Address",
    "ServerStatus",
    "browser_url",
    "crashed",
    "ensure",
    "exists",
    "log_path",
    "password_path",
    "revive",
    "status",
    "stop",
]
