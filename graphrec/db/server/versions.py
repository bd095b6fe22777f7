"""The versions of Neo4j that graphrec installs: those with a committed lock of their jars."""

from __future__ import annotations

import re
from pathlib import Path

from graphrec.common.errors import ConfigError

#: One lock per version, named after it.
LOCKS = Path(__file__).with_name("locks")


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, by which versions are ordered.

    >>> numbers("5.26.30") < numbers("2025.06.2")
    True
    """
    return tuple(int(number) for number in re.findall(r"\d+", version))


def versions() -> list[str]:
    """Return the versions of Neo4j with a committed lock, the oldest first."""
    return sorted((path.stem for path in LOCKS.glob("*.toml")), key=numbers)


def chosen_version(wanted: str | None = None) -> str:
    """Return the version with a lock that ``[server] version`` names.

    Parameters
    ----------
    wanted
        A version or the beginning of one, such as ``"5.26"``; by default the newest.

    Raises
    ------
    ConfigError
        No lock has that version.
    """
    known = versions()
    fitting = [version for version in known if wanted is None or f"{version}.".startswith(f"{wanted}.")]
    if not fitting:
        raise ConfigError(
            f"[server] version = {wanted!r}: graphrec does not install that Neo4j",
            hint=f"it installs {', '.join(known)}; for another one, set NEO4J_URI to a server that you run yourself",
        )
    return fitting[-1]
