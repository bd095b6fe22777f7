"""Which versions of Neo4j graphrec works with."""

from __future__ import annotations

import re

from graphrec.common.errors import DatabaseError

#: First long-term release with dynamic relationship types, scoped subqueries and vector indexes.
MINIMUM_VERSION = (5, 26)


def check_version(version: str, uri: str) -> None:
    """Refuse a server older than :data:`MINIMUM_VERSION`.

    Raises
    ------
    DatabaseError
        The server is too old.
    """
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:2])
    if numbers < MINIMUM_VERSION:
        wanted = ".".join(map(str, MINIMUM_VERSION))
        raise DatabaseError(
            f"{uri} runs Neo4j {version}; graphrec needs {wanted} or newer",
            hint="upgrade the server, or unset NEO4J_URI to use the local one",
        )
