"""Configuration of the managed server: memory, ports, and no contact with the outside."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Mapping
from pathlib import Path

from graphrec.common.errors import ConfigError, ServerError
from graphrec.db.server.layout import HOST, Layout, Record
from graphrec.db.server.versions import numbers

BOLT, HTTP = 7687, 7474  # Neo4j's own defaults
HEAP = "1g"

# All connectors listen on loopback; no usage reports; no announcement on the local network.
TEMPLATE = """\
# Written by graphrec at each start: changes here are lost. Your own settings go into [server.neo4j] of graphrec.toml.
server.config.strict_validation.enabled=true
server.default_listen_address={host}
server.default_advertised_address={host}
server.bolt.enabled=true
server.bolt.listen_address={host}:{bolt}
server.bolt.advertised_address={host}:{bolt}
server.bolt.tls_level=DISABLED
server.http.enabled=true
server.http.listen_address={host}:{http}
server.http.advertised_address={host}:{http}
server.https.enabled=false
dbms.security.auth_enabled=true
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.memory.pagecache.size=512m
# Logs of transactions that are safely in the store are of no use here: there is no backup to take from them.
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=keep_none
# What is written after the last checkpoint lies on the disk twice, and a start after a crash has to do it again.
db.checkpoint.interval.time=10s
# A log goes whole, after a checkpoint: small ones go sooner, and with them what was deleted from the database.
db.tx_log.rotation.size=16m
# A stop would wait ten seconds for clients that are not there.
internal.server.bolt.thread_pool_shutdown_wait_time=1s
"""


#: Neo4j refuses names that it does not know: settings of 2026, and of the versions before.
TEMPLATE_2026 = """\
server.http.x_forward.enabled=false
server.fleet_discovery.enabled=false
internal.dbms.bolt.netty_server_shutdown_quiet_period_duration=0s
"""
TEMPLATE_BEFORE = """\
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""


def write_conf(layout: Layout, version: str, ports: tuple[int, int], own: Mapping[str, str]) -> None:
    """Write ``neo4j.conf`` for a version of Neo4j and two ports (Bolt, HTTP), with the user's ``own`` settings."""
    bolt, http = ports
    template = TEMPLATE + (TEMPLATE_2026 if numbers(version) >= (2026,) else TEMPLATE_BEFORE)
    if layout.lacks_logs:
        template += "db.recovery.fail_on_missing_files=false\n"
    # graphrec writes no paths: Neo4j reads Latin-1, and a folder may be called Zoë. Neo4j's defaults fit the layout.
    lines = template.format(host=HOST, bolt=bolt, http=http).splitlines()
    lines = [line for line in lines if line.partition("=")[0] not in own]  # Neo4j refuses a setting given twice
    lines += [f"{name}={value}" for name, value in own.items()]
    (layout.conf / "neo4j.conf").write_text("\n".join(lines) + "\n", encoding="latin-1", errors="backslashreplace")


def heap() -> str:
    """Return the server's maximum heap in Java's notation (``$GRAPHREC_NEO4J_HEAP``, by default 1 GiB).

    Raises
    ------
    ConfigError
        The variable is not a size.
    """
    value = os.environ.get("GRAPHREC_NEO4J_HEAP") or HEAP
    if not re.fullmatch(r"[1-9]\d*[mMgG]", value):
        raise ConfigError(f"GRAPHREC_NEO4J_HEAP={value!r} is not a size", hint="for example 512m or 2g")
    return value


def choose_ports(before: Record | None) -> tuple[int, int]:
    """Return a Bolt and an HTTP port: those of the last start, else Neo4j's defaults, else any free ones."""
    bolt = _free_port([before.bolt, BOLT] if before else [BOLT])
    http = _free_port([before.http, HTTP] if before else [HTTP], but=bolt)
    return bolt, http


def _free_port(wanted: list[int], but: int | None = None) -> int:
    for port in wanted:
        if port != but and _is_free(port):
            return port
    for _ in range(100):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        if port != but:
            return port
    raise ServerError("no free port on 127.0.0.1 for the local Neo4j", hint="close some programs and try again")


def _is_free(port: int) -> bool:
    """Return whether the port is free on loopback and on all addresses."""
    for address in (HOST, ""):  # a server on 0.0.0.0 occupies the port, although a bind to 127.0.0.1 may succeed
        with socket.socket() as probe:
            if os.name != "nt":  # otherwise a recently closed connection would block the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def java_options(jars: Path, layout: Layout, version: str) -> list[str]:
    """Return the arguments of ``java`` that run a version of the server."""
    return [
        "-Xms128m",
        f"-Xmx{heap()}",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        "-Dlog4j2.disable.jmx=true",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        str(jars / "*"),
        f"org.neo4j.server.{'Neo4jCommunity' if numbers(version) >= (2025,) else 'CommunityEntryPoint'}",
        home_option(layout),
        f"--config-dir={layout.conf}",
        "--console-mode",
    ]


def home_option(layout: Layout) -> str:
    """Return the argument that identifies a running server of this project."""
    return f"--home-dir={layout.root}"
