"""Start the managed server: install it, write its configuration, launch it, and see that its database opens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from graphrec.common.console import activity, note
from graphrec.common.errors import ServerError
from graphrec.config.neo4j_settings import file_settings
from graphrec.db.driver import driver_module
from graphrec.db.server import health, process, swap
from graphrec.db.server.admin import set_password
from graphrec.db.server.conf import choose_ports, write_conf
from graphrec.db.server.jars import install, read_lock
from graphrec.db.server.java import find_java
from graphrec.db.server.layout import Layout, Record
from graphrec.db.server.room import require_start
from graphrec.db.server.versions import numbers

PORT_TRIES = 3


def start(layout: Layout, version: str, own: Mapping[str, str]) -> Record:
    """Start a version, or wait for a server that is already starting. The caller holds the lock.

    A log that a full disk has cut off within a transaction is opened without that transaction.

    Parameters
    ----------
    own
        The user's settings of Neo4j; those in the file of ``GRAPHREC_NEO4J_CONF`` come first.

    Raises
    ------
    ConfigError
        The file of ``GRAPHREC_NEO4J_CONF`` has what is no setting.
    ServerError
        See :func:`graphrec.db.server.ensure`.
    """
    record = layout.read_record()
    running = process.find(layout, record) or process.search(layout)
    if running is not None and (record is None or record.ready):
        # It is ours but does not respond (stopped by hand), or its record with the ports is gone.
        process.terminate(running, layout)
    elif running is not None and record is not None:
        # The process that started it ended before the server was ready.
        return _wait(layout, replace(record, pid=running.pid))

    _check_upgrade(layout, record, version)
    java = find_java(version)
    jars = install(read_lock(version))
    swap.mend(layout)
    require_start(layout)
    own = {**own, **file_settings()}
    try:
        record = _opened(layout, version, (java, jars), own)
    except ServerError as error:
        if not swap.before(layout).is_dir():
            raise
        _stop(layout)
        swap.put_back(layout)
        raise ServerError(
            f"the store that was put in place does not open, and the one before it is back: {error.message}",
            hint=error.hint,
        ) from error
    return record


def _opened(layout: Layout, version: str, program: tuple[Path, Path], own: Mapping[str, str]) -> Record:
    """Start the server; where a log is cut off within an entry, without that entry."""
    began = time.time()
    try:
        return _launched(layout, version, program, own)
    except ServerError:
        if not health.log_is_cut(layout, began):
            raise
    _stop(layout)
    note(
        "Neo4j's log ends within an entry: the disk was full when it was written, and nobody was told that it was "
        "committed. Starting without it; everything before it is kept …"
    )
    return _launched(layout, version, program, {**own, health.CUT_LOG: "false"})


def _stop(layout: Layout) -> None:
    running = process.search(layout)
    if running is not None:
        process.terminate(running, layout)


def _launched(layout: Layout, version: str, program: tuple[Path, Path], own: Mapping[str, str]) -> Record:
    """Configure and start the server; choose other ports if a program takes them meanwhile."""
    java, jars = program
    for attempt in range(PORT_TRIES):
        bolt, http = choose_ports(layout.read_record())
        write_conf(layout, version, (bolt, http), own)
        if not (layout.data / "databases" / "system").exists():
            set_password(java, jars, layout)
        layout.read_password()
        # Also written before the start: if we are killed in between, the next command finds the server's ports.
        record = Record(pid=0, started=time.time(), version=version, bolt=bolt, http=http, ready=False)
        layout.write_record(record)
        record = replace(record, pid=process.launch(java, jars, layout, version))
        layout.write_record(record)
        try:
            return _wait(layout, record)
        except process.PortTakenError:
            if attempt == PORT_TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _wait(layout: Layout, record: Record) -> Record:
    """Wait until the server accepts the password and its database works, and record that it is ready."""
    with activity("Starting Neo4j …") as say:
        process.wait_until_ready(record, layout, say)
    neo4j = driver_module()
    address = layout.address(record)
    try:
        with neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver:
            driver.verify_connectivity()
    except neo4j.exceptions.AuthError as error:
        raise ServerError(
            f"the local Neo4j refuses the password in {layout.password_file}",
            hint=f"put the right one there; or stop it and remove {layout.root} to begin with an empty database",
        ) from error
    except neo4j.exceptions.Neo4jError as error:
        raise ServerError(f"the local Neo4j is up but refuses to work: {error.message}") from error
    patience = time.monotonic() + process.STALLED_S
    while (found := health.ask(address)).status == "starting" and time.monotonic() < patience:
        time.sleep(0.1)
    if found.works:
        swap.settle(layout)  # before other commands find the server: what they write must not be put back
    record = replace(record, ready=True)
    layout.write_record(record)
    if not found.works:
        raise ServerError(
            f"the local Neo4j is up, but its database is {found}",
            hint=f"{layout.console_log.with_name('debug.log')} says why; `graphrec db restore` puts a backup in place",
        )
    return record


def _check_upgrade(layout: Layout, before: Record | None, version: str) -> None:
    """Refuse a version older than that of the last start: Neo4j cannot read what a newer one has written."""
    if before is None or before.version == version or not layout.exists:
        return
    if numbers(before.version) > numbers(version):
        raise ServerError(
            f"the database in {layout.root} was last used by Neo4j {before.version}; {version} cannot read it",
            hint=f"set [server] version = {before.version!r} or leave it out, or set GRAPHREC_HOME to another folder",
        )
    note(f"Neo4j {version} takes over the database of {before.version}, which cannot read it afterwards.")
