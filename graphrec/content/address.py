"""Resolve the host of an address, and refuse hosts that are not on the public internet.

Whoever may write a property of an item could otherwise have this machine ask its own network: a router, a database, the
metadata service of a cloud.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from graphrec.common.errors import InputError

_PORTS = {"http": 80, "https": 443}
#: Ranges of IPv6 that lead to addresses of IPv4: NAT64, 6to4, Teredo, and those with the address in their last bits.
_TUNNELS = tuple(
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)
_SAFE = "/%:@!$&'()*+,;=~-._"


@dataclass(frozen=True)
class Address:
    """A web address with the checked IP addresses of its host.

    Attributes
    ----------
    url
        The address.
    host, port
        Its host and port.
    target
        Path and query, as they are sent.
    secure
        Whether it is https.
    ips
        One or more IP addresses.
    """

    url: str
    host: str
    port: int
    target: str
    secure: bool
    ips: tuple[str, ...]


def is_web(value: str) -> bool:
    """Return whether a text is an http or https address."""
    return re.match(r"\s*https?://", value, re.IGNORECASE) is not None


def resolved(url: str, *, private: bool) -> Address:
    """Resolve the host of an address and check all its IP addresses.

    Parameters
    ----------
    url
        An http or https address.
    private
        Whether private, loopback and link-local addresses are allowed.

    Raises
    ------
    InputError
        The address is malformed, its host is unknown, or an IP address is not allowed.
    """
    parts, port = split_address(url)
    host = str(parts.hostname)
    try:
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(f"the host {host} is unknown: {getattr(error, 'strerror', None) or error}") from error
    ips = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    closed = next((ip for ip in ips if not is_public(ip)), None)
    if closed is not None and not private:
        raise InputError(f"{host} is {closed}, which is not a public address")
    target = quote(parts.path or "/", _SAFE) + (f"?{quote(parts.query, _SAFE + '?')}" if parts.query else "")
    return Address(url, host, port, target, parts.scheme == "https", ips)


def is_public(ip: str) -> bool:
    """Return whether an IP address is one of the public internet.

    >>> [is_public(ip) for ip in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1")]
    [True, False, False, False, False, False]
    """
    found = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found.is_site_local or any(found in net for net in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast


def split_address(url: str) -> tuple[SplitResult, int]:
    """Return the parts of an http or https address and its port.

    Raises
    ------
    InputError
        It is none, or holds a user name.
    """
    try:
        parts = urlsplit(url.strip())
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise InputError(f"not an address: {error}") from error
    if parts.scheme not in _PORTS:
        raise InputError(f"an address of {parts.scheme}, not of http or https")
    if not parts.hostname:
        raise InputError("an address without a host")
    if parts.username is not None:
        raise InputError("an address with a user name, which is not sent")
    return parts, port
