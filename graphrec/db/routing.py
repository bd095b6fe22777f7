"""Where a ``neo4j://`` address leads: the members of a cluster, which the driver connects to by itself."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from graphrec.common.errors import DatabaseError
from graphrec.db.address import encrypted, host_of, may_be_plain
from graphrec.db.driver import driver_module
from graphrec.db.driver_errors import errors

_MEMBERS = "CALL dbms.routing.getRoutingTable({address: $address}, $database) YIELD servers"


def check_members(uri: str, auth: tuple[str, str], database: str | None, plain: Collection[str] = ()) -> None:
    """Refuse a cluster that would lead the driver, with the password, to a host beyond this machine without TLS.

    The server that the address names is asked directly for the members that it would lead to. The answer may change
    later; a connection with TLS to the first has TLS to all of them.

    Raises
    ------
    DatabaseError
        A member is neither this machine nor allowed by its name; or Neo4j does not say where the members are.
    """
    if uri.partition("://")[0].lower() != "neo4j" or encrypted(uri):
        return
    place = urlsplit(uri).netloc.rpartition("@")[2]
    neo4j = driver_module()
    try:
        with (
            neo4j.GraphDatabase.driver(
                f"bolt://{place}",
                auth=auth,
                connection_timeout=15,
                notifications_min_severity="OFF",
                user_agent="graphrec",
            ) as driver,
            driver.session(default_access_mode="READ") as session,
            errors(uri, auth[0], database),
        ):
            address = place if urlsplit(uri).port else f"{place}:7687"
            record = session.run(_MEMBERS, address=address, database=database).single()
    except (DatabaseError, ValueError, neo4j.exceptions.ConfigurationError) as error:
        cause = error.__cause__
        if isinstance(error, DatabaseError) and isinstance(cause, neo4j.exceptions.Neo4jError):
            code = cause.code or ""
            if not ("Security.Unauthorized" in code or "DatabaseNotFound" in code):
                raise
        return  # it cannot be reached, or refuses: connecting says so, and goes nowhere else
    if others := away([] if record is None else record["servers"], plain):
        raise DatabaseError(
            f"{uri} leads to {', '.join(others)}: password and data would be sent there without TLS",
            hint=f"neo4j+s:// encrypts; bolt://{place} stays with this server; [database] allow_plain = "
            f"{json.dumps(others)} allows it for a network that you trust",
        )


def away(servers: Sequence[Mapping[str, Any]], plain: Collection[str]) -> list[str]:
    """Return the hosts in a routing table that a connection without TLS may not go to."""
    members = {host_of(f"bolt://{one}") for server in servers for one in server["addresses"]}
    return sorted(host for host in members if not may_be_plain(host, plain))
