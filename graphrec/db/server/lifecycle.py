"""Start, find and stop the managed server."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from graphrec.common.console import activity, note
from graphrec.common.errors import ServerError
from graphrec.db.server.layout import USERNAME, Address, Layout, Record
from graphrec.db.server.versions import chosen_version, numbers

PORT_TRIES = 3
LOCK_S = 900  # another command may be in a long recovery
FREE_BYTES = 300_000_000  # an empty server takes 10 MB, its transaction logs the rest


@dataclass(frozen=True)
class ServerStatus:
    """Status of a managed server, determined without querying it; ``none``: it was never started."""

    state: Literal["running", "starting", "stopped", "none"]
    version: str
    home: Path
    pid: int | None = None
    uri: str | None = None
    browser: str | None = None
    uptime: float | None = None  # seconds
    data_bytes: int = 0


def exists(home: Path) -> bool:
    """Return whether ``home`` has a server, running or stopped."""
    return Layout.of(home).exists


def ensure(home: Path, version: str | None = None) -> Address:
    """Return the address of the server of ``home``; install and start it first if needed.

    Several processes may call this at once: one starts the server, the others wait for it.

    Parameters
    ----------
    home
        Folder of the server.
    version
        Version of Neo4j, or the beginning of one; by default the newest, or what runs.

    Raises
    ------
    ConfigError
        graphrec does not install that version.
    ServerError
        The server cannot be installed (no fitting Java, no network, a jar that differs from the lock), its folder
        cannot be written, or it does not start (the message has the last lines of its log). Another version runs, or
        a newer one has written the database.
    """
    chosen = chosen_version(version)
    layout = Layout.of(home)
    record = _find_up(layout)
    if record is None:
        layout.create()
        with _exclusive(layout):
            record = _find_up(layout) or _start(layout, chosen)
    if version is not None and record.version != chosen:
        raise ServerError(
            f"the local Neo4j in {layout.root} runs version {record.version}, but [server] version is {version!r}",
            hint="stop it (`graphrec db stop`); the next command starts the other version",
        )
    return _address(layout, record)


def stop(home: Path) -> bool:
    """Stop the server of ``home``; return False if none was running.

    Raises
    ------
    ServerError
        The server still runs after a minute.
    """
    from graphrec.db.server import process

    layout = Layout.of(home)
    if not layout.root.exists():
        return False
    with _exclusive(layout):
        running = process.find(layout, layout.read_record()) or process.search(layout)
        if running is None:
            return False
        process.terminate(running, layout)
    return True


def status(home: Path, version: str | None = None) -> ServerStatus:
    """Return whether the server of ``home`` runs, its address and its size; of a stopped one, what would start.

    Raises
    ------
    ConfigError
        graphrec does not install that version.
    """
    from graphrec.db.server import process

    layout = Layout.of(home)
    record = layout.read_record()
    size = _size(layout.data)
    running = process.find(layout, record)
    if record is None or running is None:
        state: Literal["stopped", "none"] = "stopped" if layout.exists else "none"
        return ServerStatus(state, chosen_version(version), layout.root, data_bytes=size)
    return ServerStatus(
        state="running" if record.ready else "starting",
        version=record.version,
        home=layout.root,
        pid=record.pid,
        uri=record.uri,
        browser=record.browser,
        uptime=max(0.0, time.time() - running.create_time()),  # both go back with the clock
        data_bytes=size,
    )


def password_path(home: Path) -> Path:
    """Return the file with the password of the user ``neo4j``."""
    return Layout.of(home).password_file


def log_path(home: Path) -> Path:
    """Return the file with the server's output since its last start."""
    return Layout.of(home).console_log


def browser_url(home: Path, version: str | None = None) -> str:
    """Return the URL of Neo4j Browser on the server of ``home``; start it first if needed, as :func:`ensure` does."""
    ensure(home, version)
    record = Layout.of(home).read_record()
    assert record is not None
    return record.browser


def _find_up(layout: Layout) -> Record | None:
    """Return the record of the server if it runs and responds, else None."""
    record = layout.read_record()
    if record is None or not record.ready:
        return None
    from graphrec.db.server import process

    return record if process.find(layout, record) and process.answers(record.bolt) else None


def _size(folder: Path) -> int:
    """Return the bytes below ``folder``; tolerate files that a running server removes meanwhile."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def _address(layout: Layout, record: Record) -> Address:
    return Address(record.uri, USERNAME, layout.read_password())


def _start(layout: Layout, version: str) -> Record:
    """Start a version, or wait for a server that is already starting. The caller holds the lock."""
    from graphrec.db.server import process
    from graphrec.db.server.conf import choose_ports, write_conf
    from graphrec.db.server.jars import install, read_lock
    from graphrec.db.server.java import find_java

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
    _check_room(layout)
    for attempt in range(PORT_TRIES):
        bolt, http = choose_ports(record)
        write_conf(layout, version, bolt, http)
        if not (layout.data / "databases" / "system").exists():
            process.set_password(java, jars, layout)
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
    """Wait until the server accepts the password, and record that it is ready."""
    from graphrec.db.driver import driver_module
    from graphrec.db.server import process

    with activity("Starting Neo4j …") as say:
        process.wait_until_ready(record, layout, say)
    neo4j = driver_module()
    address = _address(layout, record)
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
    record = replace(record, ready=True)
    layout.write_record(record)
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


def _check_room(layout: Layout) -> None:
    free = shutil.disk_usage(layout.root).free
    if free < FREE_BYTES:
        raise ServerError(
            f"only {free / 1e6:.0f} MB are free on the disk of {layout.root}; Neo4j needs {FREE_BYTES / 1e6:.0f} MB",
            hint="free some, or set GRAPHREC_HOME to a folder on another disk",
        )


@contextmanager
def _exclusive(layout: Layout) -> Iterator[None]:
    """Hold the lock of this server; print a note while another command has it."""
    from graphrec.db.server.java import missing_package

    try:
        import filelock
    except ImportError as error:
        raise missing_package(error) from error

    lock = filelock.FileLock(layout.lock_file)
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        note("Another command is starting or stopping the local Neo4j; waiting for it …")
        try:
            lock.acquire(timeout=LOCK_S)
        except filelock.Timeout as error:
            raise ServerError(
                f"another command has held {layout.lock_file} for {LOCK_S // 60} minutes",
                hint="end that command, or wait for it",
            ) from error
    try:
        yield
    finally:
        lock.release()
