"""What is wrong with the address of a server, in words."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Collection, Iterator
from urllib.parse import urlsplit

from graphrec.common.errors import DatabaseError

_RUNNING = "is the server running, and NEO4J_URI right?"
_SCHEMES = frozenset(scheme + end for scheme in ("bolt", "neo4j") for end in ("", "+s", "+ssc"))


def check_address(uri: str, database: str | None, plain: Collection[str] = ()) -> None:
    """Refuse an address or a database that can hold no graph, or an open connection, before the driver is asked.

    Parameters
    ----------
    uri, database
        The address, and the name of the database.
    plain
        Hosts to which a connection without TLS may leave this machine (``[database] allow_plain``).

    Raises
    ------
    DatabaseError
        The address is of another kind, such as ``http://``; or the database is ``system``; or the password and the
        data would leave this machine without TLS.
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
    host = host_of(uri)
    if separator and not encrypted(uri) and not may_be_plain(host, plain):
        scheme = scheme.lower()
        raise DatabaseError(
            f"{scheme}://{host} is not this machine, and {scheme}:// would send password and data there without TLS",
            hint=f"NEO4J_URI={scheme}+s://… encrypts, {scheme}+ssc://… with any certificate; "
            f'[database] allow_plain = ["{host}"] or GRAPHREC_ALLOW_PLAIN={host} allows it in a network of your own',
        )


def encrypted(uri: str) -> bool:
    """Return whether connections to an address use TLS."""
    return uri.partition("://")[0].lower().endswith(("+s", "+ssc"))


def any_certificate(uri: str) -> bool:
    """Return whether connections to an address use TLS, and accept any certificate."""
    return uri.partition("://")[0].lower().endswith("+ssc")


def host_of(uri: str) -> str:
    """Return the host of an address, in lower case and without brackets; empty where there is none.

    >>> host_of("neo4j://[::1]:7687"), host_of("bolt://Graph.Example:7687")
    ('::1', 'graph.example')
    """
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:  # a bracket that is not closed
        return ""


def may_be_plain(host: str, allowed: Collection[str]) -> bool:
    """Return whether a connection to a host may do without TLS: it is this machine itself, or allowed by its name.

    A name that resolves to this machine is not this machine: what it resolves to may change.

    >>> may_be_plain("127.0.0.2", ()), may_be_plain("::ffff:127.0.0.1", ()), may_be_plain("localhost.example", ())
    (True, True, False)
    """
    return is_loopback(host) or host in {name.lower().strip("[]") for name in allowed}


def is_loopback(host: str) -> bool:
    """Return whether a host is literally this machine: ``localhost``, ``127.0.0.0/8``, ``::1``, or IPv4 in IPv6."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower().removesuffix(".") == "localhost"
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


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
