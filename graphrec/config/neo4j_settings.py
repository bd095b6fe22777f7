"""Settings of Neo4j itself: ``[server.neo4j]`` in ``graphrec.toml``, and the file of ``GRAPHREC_NEO4J_CONF``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphrec.common.errors import ConfigError
from graphrec.common.files import read_text

#: What graphrec decides itself → the way to it. A name ends where the pattern does.
_OWNED = {
    r"server\.directories\..+": "GRAPHREC_HOME says where the server's folders are",
    r"server\.(bolt|http|https)\.(enabled|listen_address|advertised_address|tls_level)": "graphrec chooses the ports",
    r"server\.default_(listen|advertised)_address": "the server listens on this machine alone",
    r"dbms\.security\.auth_enabled": "the server always has a password",
    r"(initial\.)?dbms\.default_database": "the local server has one database, neo4j",
    r"server\.memory\.heap\..+": "GRAPHREC_NEO4J_HEAP sets the heap",
    r"server\.jvm\.additional": "JDK_JAVA_OPTIONS passes options to Java",
}
_NAME = re.compile(r"[A-Za-z_]\w*(\.\w+)+", re.ASCII)
_SECRET = re.compile(r"password|passphrase|secret|credential", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def server_settings(table: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of ``[server.neo4j]`` by their names in ``neo4j.conf``.

    Names may be quoted or not: TOML reads ``server.memory.pagecache.size`` without quotes as tables in tables.

    Raises
    ------
    ConfigError
        A name is none, or not for this file; or a value is neither text, number, true nor false.

    Examples
    --------
    >>> server_settings({"db": {"logs": {"query": {"enabled": "OFF"}}}, "server.memory.pagecache.size": "64m"})
    {'db.logs.query.enabled': 'OFF', 'server.memory.pagecache.size': '64m'}
    """
    settings: dict[str, str] = {}
    for name, value in _flat(table):
        if not isinstance(value, str | bool | int | float):
            raise ConfigError(
                f"[server.neo4j] {name} = {value!r} is no value of a setting", hint="text, a number, true or false"
            )
        if name in settings:
            raise ConfigError(f"[server.neo4j] {name} is given twice", hint="leave one out")
        settings[name] = str(value).lower() if isinstance(value, bool) else str(value)
        _check("[server.neo4j]", name, settings[name])
    return settings


def file_settings() -> dict[str, str]:
    """Return the settings in the file that ``GRAPHREC_NEO4J_CONF`` names, in the format of ``neo4j.conf``.

    Raises
    ------
    ConfigError
        The file cannot be read, or has a line that is no setting, or one that is graphrec's to decide.
    """
    name = os.environ.get("GRAPHREC_NEO4J_CONF")
    if not name:
        return {}
    try:
        lines = read_text(Path(name)).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"GRAPHREC_NEO4J_CONF={name!r} cannot be read: {error}", hint="name a text file, or unset the variable"
        ) from error
    settings = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not _NAME.fullmatch(key):
            raise ConfigError(
                f"{name}, line {number}: {line.strip()!r} is not a setting of Neo4j", hint="write NAME=VALUE"
            )
        _check(f"{name}, line {number}:", key, value)
        settings[key] = value
    return settings


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _check(where: str, name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"{where} {name!r} is not the name of a setting of Neo4j", hint="for example server.memory.pagecache.size"
        )
    if _SECRET.search(name):
        raise ConfigError(f"{where} {name}: secrets do not belong in this file", hint="run such a server yourself")
    if _CONTROL.search(value):
        raise ConfigError(f"{where} {name} = {value!r} is more than one line", hint="write one line")
    for pattern, instead in _OWNED.items():
        if re.fullmatch(pattern, name):
            raise ConfigError(f"{where} {name} is not yours to set for the local server", hint=instead)
