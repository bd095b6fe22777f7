"""Check Neo4j: reachability, version, and the account's rights. This installs, starts and stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from graphrec.common.errors import DatabaseError, GraphrecError
from graphrec.config.settings import Neo4jSettings, Settings
from graphrec.db import queries, server
from graphrec.db.address import any_certificate, encrypted, host_of, is_loopback
from graphrec.db.database import Database, connect
from graphrec.db.server.layout import USERNAME
from graphrec.diagnostics.check import Check

_WRITING = "load, embed, publish and update need a user who may write and make indexes (role architect or above)"
#: doctor's name of a right → actions of Neo4j that grant it; ``graph_actions`` and ``database_actions`` grant all.
_RIGHTS = {
    "read": ("match", "read", "graph_actions"),
    "write": ("write", "graph_actions"),
    "create index": ("index", "create_index", "database_actions"),
    "create constraint": ("constraint", "create_constraint", "database_actions"),
}


def check_neo4j(settings: Settings) -> Check:
    """Query the server that commands would use; if it is the local one and is stopped, report only that."""
    if settings.neo4j.uri is None:
        try:
            now = server.status(settings.home, settings.server.version)
            found = _without_asking(now)
            if found is not None:
                return found
            password = server.password_path(settings.home).read_text(encoding="utf-8").strip()
        except GraphrecError as error:
            return Check.failed("neo4j", error)
        except OSError as error:
            message = f"the password of the local Neo4j cannot be read: {error}"
            return Check("neo4j", "failure", message, hint="graphrec db stop, then graphrec db start")
        # With an explicit address, connecting never starts a server.
        settings = msgspec.structs.replace(settings, neo4j=Neo4jSettings(now.uri, USERNAME, password))
    # Names that are nearly right are a check of their own (graphrec.diagnostics.environment).
    settings = msgspec.structs.replace(settings, neo4j=msgspec.structs.replace(settings.neo4j, misnamed={}))
    try:
        with connect(settings) as db:
            return _answering(db, str(settings.neo4j.uri))
    except GraphrecError as error:
        return Check.failed("neo4j", error, reachable=False)


def _without_asking(now: server.ServerStatus) -> Check | None:
    """Return the check of a local server that cannot be asked, or that lacks room; else None."""
    details: dict[str, Any] = {"managed": True, "state": now.state}
    if now.state == "none":
        return Check(
            "neo4j",
            "ok",
            f"there is no local Neo4j in {now.home} yet; graphrec load makes it",
            hint="in another folder there may be one; NEO4J_URI names a server of your own",
            details=details,
        )
    said = f"the local Neo4j {now.version} of {now.home} is {now.state}"
    if now.problem:
        return Check(
            "neo4j",
            "failure" if now.state == "failed" else "warning",
            f"{said}: {now.problem}",
            hint="make room on its disk where that is the reason; the next command starts it again",
            details=details | {"problem": now.problem},
        )
    if now.state == "running":
        return None
    return Check(
        "neo4j",
        "ok",
        f"{said}; commands start it",
        hint="graphrec db start starts it now; NEO4J_URI names a server of your own",
        details=details,
    )


def rights(privileges: Iterable[Mapping[str, Any]], database: str | None) -> dict[str, bool]:
    """Return an account's rights from the rows of ``SHOW USER PRIVILEGES``.

    Parameters
    ----------
    privileges
        Rows with ``access`` (GRANTED or DENIED), ``action`` and ``graph``.
    database
        The database to check; None (the server's default): any.
    """
    held: dict[str, set[str]] = {"GRANTED": set(), "DENIED": set()}
    for row in privileges:
        if database is None or row["graph"] in ("*", "DEFAULT", database):
            held.setdefault(row["access"], set()).add(row["action"])
    return {
        right: bool(held["GRANTED"].intersection(actions)) and not held["DENIED"].intersection(actions)
        for right, actions in _RIGHTS.items()
    }


def _answering(db: Database, uri: str) -> Check:
    row = db.read(queries.load("doctor/components"))[0]
    version, edition = str(row["version"]), str(row["edition"])
    db.read(queries.load("doctor/read"))
    # Community has no privileges: every account may do everything.
    may = dict.fromkeys(_RIGHTS, True)
    if edition != "community":
        try:
            may = rights(db.read(queries.load("doctor/privileges")), db.name)
        except DatabaseError:  # hidden from this account
            may = {"read": True}
    may["write"] = _may_write(db)
    told = ", ".join(f"{right}: {'yes' if allowed else 'no'}" for right, allowed in may.items())
    details = {"reachable": True, "uri": uri, "version": version, "edition": edition, "database": db.name, "may": may}
    tls, risk = _connection(uri)
    details["tls"] = tls
    said = {"any certificate": ", with TLS and any certificate", "verified": ", with TLS", "none": ""}[tls]
    message = f"Neo4j {version} {edition.capitalize()} at {uri} answers{said}; the account may {told}"
    hints = [*risk, *([] if all(may.values()) else [_WRITING])]
    return Check("neo4j", "warning" if hints else "ok", message, hint="; ".join(hints), details=details)


def _connection(uri: str) -> tuple[str, list[str]]:
    """Return how the connection is encrypted, and the risk that is left."""
    if any_certificate(uri):
        return "any certificate", [
            "+ssc keeps listeners out, but not a machine that poses as the server: +s with a trusted certificate does"
        ]
    if encrypted(uri):
        return "verified", []
    away = not is_loopback(host_of(uri))
    return "none", ["without TLS, password and data can be read on the way: +s or +ssc encrypts"] if away else []


def _may_write(db: Database) -> bool:
    """Return whether Neo4j accepts a write, which is rolled back."""
    try:
        db.attempt(queries.load("doctor/write"))
    except DatabaseError:
        return False
    return True
