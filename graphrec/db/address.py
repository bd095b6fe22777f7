"""What is wrong with the address of a server, in words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from graphrec.common.errors import DatabaseError

_RUNNING = "is the server running, and NEO4J_URI right?"
_SCHEMES = frozenset(scheme + end for scheme in ("bolt", "neo4j") for end in ("", "+s", "+ssc"))


def check_address(uri: str, database: str | None) -> None:
    """Refuse an address or a database that can hold no graph, before the driver is asked.

    Raises
    ------
    DatabaseError
        The address is of another kind, such as ``http://``; or the database is ``system``.
    """
    scheme, separator, rest = uri.partition("://")
    if separator and scheme.lower() not in _SCHEMES:
        host = rest.partition("/")[0].rpartition("@")[2].partition(":")[0] or "localhost"
        raise DatabaseError(
            f"NEO4J_URI begins with {scheme}://, which is no Neo4j address for a driver: graphrec wants bolt or neo4j",
            hint=f"NEO4J_URI=neo4j://{host}:7687 (neo4j+s:// with TLS); 7687 is Neo4j's usual port",
        )
    if database is not None and database.lower() == "system":
        raise DatabaseError(
            "NEO4J_DATABASE=system: that database holds Neo4j's users and databases, and no graph",
            hint="name the database with your graph, such as neo4j; SHOW DATABASES lists them",
        )


def unreachable(uri: str, error: BaseException) -> DatabaseError:
    """Return the error for a server that cannot be reached; it says where TLS is the reason."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return DatabaseError(
                f"{uri} cannot be reached: the server's TLS certificate is not trusted ({cause.verify_message})",
                hint="use the host name of the certificate; or +ssc in place of +s, which accepts any certificate",
            )
        if isinstance(cause, ssl.SSLError):
            return DatabaseError(
                f"{uri} cannot be reached: it asks for TLS, and the server does not speak it on this port",
                hint="an address without +s or +ssc, such as neo4j://…, connects without TLS",
            )
        if isinstance(cause, OSError) and cause.strerror:
            return DatabaseError(f"{uri} cannot be reached: {cause.strerror}", hint=_RUNNING)
    return DatabaseError(f"{uri} cannot be reached: {error}", hint=_RUNNING)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and everything that caused it."""
    if error is None:
        return
    yield error
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    yield from _causes(error.__cause__ or error.__context__)
