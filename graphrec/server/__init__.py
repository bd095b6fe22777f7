"""The managed local Neo4j: a real Community server that graphrec installs, starts and stops itself.

One server per project, its files below ``<home>/neo4j`` (:mod:`graphrec.server.layout`); the jars are shared by all
projects of a user (:mod:`graphrec.server.jars`). Importing this package is cheap: what costs is imported when a
server has to be started.
"""

from graphrec.server.layout import Address
from graphrec.server.lifecycle import ServerStatus, browser_url, ensure, log_path, password_path, status, stop

__all__ = ["Address", "ServerStatus", "browser_url", "ensure", "log_path", "password_path", "status", "stop"]
