"""Find the managed server, start it if needed, stop it, start it again where Neo4j has stopped its database."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from graphrec.common.console import note
from graphrec.common.errors import ServerError
from graphrec.db.server.layout import Address, Layout, Record
from graphrec.db.server.room import Room, free_bytes, require_start, shortage
from graphrec.db.server.versions import chosen_version

LOCK_S = 900  # another command may be in a long recovery


@dataclass(frozen=True)
class ServerStatus:
    """Status of a managed server.

    ``none``: it was never started; ``failed``: it runs, but its database does not work, and ``problem`` says why.
    """

    state: Literal["running", "starting", "stopped", "none", "failed"]
    version: str
    home: Path
    pid: int | None = None
    uri: str | None = None
    browser: str | None = None
    uptime: float | None = None  # seconds
    data_bytes: int = 0
    free_bytes: int | None = None  # on the disk of its data
    problem: str | None = None  # what hinders it now, or its next start


def exists(home: Path) -> bool:
    """Return whether ``home`` has a server, running or stopped."""
    return Layout.of(home).exists


def ensure(home: Path, version: str | None = None, own: Mapping[str, str] | None = None) -> Address:
    """Return the address of the server of ``home``; install and start it first if needed.

    Several processes may call this at once: one starts the server, the others wait for it.

    Parameters
    ----------
    home
        Folder of the server.
    version
        Version of Neo4j, or the beginning of one; by default the newest, or what runs.
    own
        Settings of Neo4j, by their names in ``neo4j.conf``; a server that runs keeps its own until it is stopped.

    Raises
    ------
    ConfigError
        graphrec does not install that version.
    ServerError
        The server cannot be installed (no fitting Java, no network, a jar that differs from the lock), its folder
        cannot be written, its disk is full, or it does not start (the message has the last lines of its log). Another
        version runs, or a newer one has written the database.
    """
    from graphrec.db.server.starting import start

    chosen = chosen_version(version)
    layout = Layout.of(home)
    record = _find_up(layout)
    if record is None:
        layout.create()
        with server_locked(layout):
            record = _find_up(layout) or start(layout, chosen, own or {})
    if version is not None and record.version != chosen:
        raise ServerError(
            f"the local Neo4j in {layout.root} runs version {record.version}, but [server] version is {version!r}",
            hint="stop it (`graphrec db stop`); the next command starts the other version",
        )
    return layout.address(record)


def revive(home: Path, version: str | None = None, own: Mapping[str, str] | None = None) -> bool:
    """Start the server of ``home`` again if Neo4j has stopped its database, as it does where its disk is full.

    Returns
    -------
    bool
        Whether it was started again; False: its database works.

    Raises
    ------
    ServerError
        There is no room yet, or it does not start.
    """
    from graphrec.db.server import health, process
    from graphrec.db.server.starting import start

    layout = Layout.of(home)
    with server_locked(layout):  # if another command is doing it, this one finds the work done
        record = _find_up(layout)
        if record is None:
            return False  # the next start is an ordinary one
        found = health.ask(layout.address(record))
        if found.works:
            return False
        try:
            require_start(layout)
        except ServerError as error:
            raise ServerError(f"the local Neo4j's database is {found}: {error.message}", hint=error.hint) from error
        note(f"The local Neo4j's database is {found}: starting Neo4j again; what was committed is kept …")
        running = process.find(layout, record)
        if running is not None:
            process.terminate(running, layout)
        start(layout, chosen_version(version or record.version), own or {})
    return True


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
    with server_locked(layout):
        running = process.find(layout, layout.read_record()) or process.search(layout)
        if running is None:
            return False
        process.terminate(running, layout)
    return True


def crashed(home: Path) -> bool:
    """Return whether the server of ``home`` was up, and has ended without being asked to: killed, or out of memory."""
    from graphrec.db.server import process

    layout = Layout.of(home)
    record = layout.read_record()
    if record is None or not record.ready or process.find(layout, record) is not None:
        return False
    return not process.stopped_in_order(layout)


def status(home: Path, version: str | None = None) -> ServerStatus:
    """Return whether the server of ``home`` runs and its database works, its address and its size.

    Of a stopped one, the version is that of the next start.

    Raises
    ------
    ConfigError
        graphrec does not install that version.
    """
    from graphrec.db.server import health, process

    layout = Layout.of(home)
    record = layout.read_record()
    size = _size(layout.data)
    free = free_bytes(layout) if layout.root.is_dir() else None
    running = process.find(layout, record)
    if record is None or running is None:
        if not layout.exists:
            return ServerStatus("none", chosen_version(version), layout.root, data_bytes=size, free_bytes=free)
        lacking = shortage(layout) or None
        return ServerStatus(
            "stopped", chosen_version(version), layout.root, data_bytes=size, free_bytes=free, problem=lacking
        )
    found = ServerStatus(
        state="running" if record.ready else "starting",
        version=record.version,
        home=layout.root,
        pid=record.pid,
        uri=record.uri,
        browser=record.browser,
        uptime=max(0.0, time.time() - running.create_time()),  # both go back with the clock
        data_bytes=size,
        free_bytes=free,
    )
    if not record.ready:
        return found
    state = health.ask(layout.address(record))
    if not state.works:
        return replace(found, state="failed", problem=f"its database is {state}")
    return replace(found, problem=Room(layout).lacking() or None)


def password_path(home: Path) -> Path:
    """Return the file with the password of the user ``neo4j``."""
    return Layout.of(home).password_file


def log_path(home: Path) -> Path:
    """Return the file with the server's output since its last start."""
    return Layout.of(home).console_log


def browser_url(home: Path, version: str | None = None, own: Mapping[str, str] | None = None) -> str:
    """Return the URL of Neo4j Browser on the server of ``home``; start it first if needed, as :func:`ensure` does."""
    ensure(home, version, own)
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


@contextmanager
def server_locked(layout: Layout) -> Iterator[None]:
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
