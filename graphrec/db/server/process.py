"""Manage the server's process: find it, start it detached, wait for it, stop it.

A process id alone is not reliable: it may be stale or reused. A process is this project's server if its command line
names the project's folder, whatever the clock did meanwhile.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from graphrec.common.errors import ServerError
from graphrec.common.private import UMASK, open_private
from graphrec.db.server.conf import home_option, java_options
from graphrec.db.server.java import missing_package
from graphrec.db.server.layout import HOST, Layout, Record

try:
    import psutil
except ImportError as error:
    raise missing_package(error) from error

STALLED_S = 600  # a start without log output for so long has failed; recovery after a crash takes minutes
STOP_S = 150  # a stop writes a checkpoint first; where the disk is full, Neo4j waits a minute for the query that failed
NAMELESS_S = 5  # a starting program has no command line yet; under load that can take a while
TAIL_LINES = 15
DEBUG_TAIL_BYTES = 65_536
RECOVERY = re.compile(r"Recovery required from|(?P<percent>\d+%) completed|(?P<done>Recovery in '\w+' mode completed)")


class PortTakenError(ServerError):
    """Another program took a port between its choice and the server's start."""


def find(layout: Layout, record: Record | None) -> psutil.Process | None:
    """Return the process of the server if it runs."""
    if record is None:
        return None
    try:
        process = psutil.Process(record.pid)
        return process if home_option(layout) in _command_line(process) else None
    except psutil.Error:  # it has ended, perhaps as a zombie
        return None


def _command_line(process: psutil.Process) -> list[str]:
    """Return the command line of a process.

    On Linux a new process has no command line for a moment, although it is alive. Without waiting, a server that has
    just been launched would count as ended.
    """
    patience = time.monotonic() + NAMELESS_S
    while not (words := process.cmdline()) and time.monotonic() < patience:
        time.sleep(0.001)
    return words


def search(layout: Layout) -> psutil.Process | None:
    """Search all processes for the server, as the process that started it may have died before recording it."""
    option = home_option(layout)
    return next((p for p in psutil.process_iter(["cmdline"]) if option in (p.info["cmdline"] or ())), None)


def answers(port: int) -> bool:
    """Return whether the port accepts connections."""
    try:
        with socket.create_connection((HOST, port), timeout=5):
            return True
    except OSError:
        return False


def launch(java: Path, jars: Path, layout: Layout, version: str) -> int:
    """Start the server detached from this process and its terminal; return its process id.

    Raises
    ------
    ServerError
        Java cannot be run.
    """
    with open_private(layout.console_log, "wb") as log:
        try:
            child = subprocess.Popen(
                [str(java), *java_options(jars, layout, version)],
                cwd=layout.root,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                **private(),
                **_detached(),
            )
        except OSError as error:
            raise ServerError(f"{java} cannot be run: {error.strerror}") from error
    # The server outlives this process on purpose; this avoids Popen's warning when it is garbage-collected.
    child.returncode = 0
    return child.pid


def wait_until_ready(record: Record, layout: Layout, say: Callable[[str], None]) -> None:
    """Wait until the server has started, as long as its logs grow.

    Raises
    ------
    PortTakenError
        The server ended because another program has the port.
    ServerError
        The server ended, or its logs have not grown for ten minutes; the message has the last lines.
    """
    debug = layout.console_log.with_name("debug.log")
    moved, size = time.monotonic(), -1
    while True:
        alive = find(layout, record) is not None  # checked before reading the log, so that the log is complete
        text = console_text(layout)
        if alive and " Started." in text and answers(record.bolt):
            return
        if not alive:
            if any(sign in text for sign in ("already in use", "BindException", "PortBindException")):
                raise PortTakenError(
                    f"port {record.bolt} or {record.http} was taken by another program while Neo4j started",
                    hint="run the command again",
                )
            raise _failed("the local Neo4j ended while it was starting", layout)
        grown = len(text) + (debug.stat().st_size if debug.exists() else 0)
        if grown != size:
            moved, size = time.monotonic(), grown
        elif time.monotonic() - moved > STALLED_S:
            raise _failed(f"the local Neo4j is not up and has logged nothing for {STALLED_S // 60} minutes", layout)
        say(_stage(layout, record.started))
        time.sleep(0.1)


def terminate(process: psutil.Process, layout: Layout) -> None:
    """Ask the server to stop and wait for its end; it is never killed.

    Raises
    ------
    ServerError
        It still runs after some minutes.
    """
    try:
        # SIGTERM: Neo4j writes a checkpoint and closes its stores. Windows has no such signal: the process just
        # ends. No committed data is lost, but the next start has to recover.
        process.terminate()
        process.wait(STOP_S)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired as error:
        raise ServerError(
            f"the local Neo4j (process {process.pid}) is still stopping after {STOP_S} s",
            hint=f"it may be writing a lot: wait, and look at {layout.console_log}",
        ) from error


def console_text(layout: Layout) -> str:
    """Return the server's output since its last start."""
    try:
        return layout.console_log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def stopped_in_order(layout: Layout) -> bool:
    """Return whether the last server ended on request, which it says in its last line."""
    return console_text(layout).rstrip().endswith("Stopped.")


def environment(**more: str) -> dict[str, str]:
    """Return the environment for Java, with a locale that supports every file name."""
    # Under LANG=C, as in many containers, Java replaces the ë in a folder's name and creates another folder.
    locale = {"LC_ALL": "C.UTF-8"} if sys.platform == "linux" else {}
    return {**os.environ, **locale, **more}


def private() -> dict[str, Any]:
    """Return the options of ``Popen`` by which only the current user can read what the server writes."""
    return {} if sys.platform == "win32" else {"umask": UMASK}


def _detached() -> dict[str, Any]:
    """Return the options of ``Popen`` that detach the server from the terminal and its signals."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _stage(layout: Layout, since: float) -> str:
    """Return the server's current step, from the end of its debug log."""
    for line in debug_lines(layout, since, DEBUG_TAIL_BYTES):
        found = RECOVERY.search(line)
        if found is None:
            continue
        if found["done"] is None:
            return f"Neo4j was not closed properly; it recovers by itself … {found['percent'] or '0%'}"
        break
    return "Starting Neo4j …"


def debug_lines(layout: Layout, since: float, size: int | None = None) -> Iterator[str]:
    """Yield the lines (JSON) of the debug log since a Unix time, the last first.

    Parameters
    ----------
    size
        Bytes of its end to read; by default all.
    """
    debug = layout.console_log.with_name("debug.log")
    try:
        with debug.open("rb") as file:
            if size is not None:
                file.seek(max(0, debug.stat().st_size - size))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return
    for line in reversed(lines):
        moment = re.search(r'"time":"([^"]+)"', line)
        if moment is not None and datetime.strptime(moment[1], "%Y-%m-%d %H:%M:%S.%f%z").timestamp() < since:
            return  # belongs to an earlier start
        yield line


def _failed(what: str, layout: Layout) -> ServerError:
    lines = console_text(layout).strip().splitlines()[-TAIL_LINES:]
    told = "".join(f"\n    {line}" for line in lines)
    return ServerError(f"{what}; the end of its log:{told or ' empty'}", hint=f"the whole log: {layout.console_log}")
