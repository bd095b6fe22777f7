"""Addresses that only this machine reaches."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(256)
def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
