"""The lock of commands that write: one at a time in a database, whichever machine they run on.

A holder that lives renews the lock. One that has ended without giving it back, on this machine, is passed over at once;
elsewhere its lock ends after :data:`LASTS` seconds. The clock is the server's.
"""

from __future__ import annotations

import functools
import os
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from graphrec.common.console import note
from graphrec.common.errors import BusyError, DatabaseError
from graphrec.db import queries

if TYPE_CHECKING:
    from graphrec.db.database import Database

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds that a lock lasts without a renewal, between renewals, and between looks at one that another holds.
LASTS, RENEWED, LOOK = 60, 15.0, 0.5
#: Most tries to read the lock while others remove it.
_TRIES = 10


class WriteLock:
    """The lock of one command.

    Parameters
    ----------
    db
        The database.
    command
        What writes, such as ``load``: for those who wait.
    """

    def __init__(self, db: Database, command: str) -> None:
        self._db = db
        self._token = secrets.token_hex(8)
        self._thread = threading.get_ident()
        self._holder = {"command": command, "host": socket.gethostname(), "space": _space(), "process": os.getpid()}
        self._over = threading.Event()
        self._lost: str | None = None
        self._renewing = threading.Thread(target=self._renew, name="graphrec write lock", daemon=True)

    def acquire(self) -> None:
        """Take the lock, or wait for it as long as for a database that is down.

        Raises
        ------
        BusyError
            Another command holds it all the time.
        DatabaseError
            Neo4j refuses or is unreachable.
        """
        began = time.monotonic()
        ended: list[str] = []
        said = False
        while (other := self._try(ended)) is not None:
            token, holder = other
            if _has_ended(holder):
                note(f"{_named(holder)} has ended without giving back its lock: going on")
                ended.append(token)
                continue
            if time.monotonic() - began >= self._db.wait:
                raise BusyError(
                    f"{_named(holder)} writes to this database",
                    hint="wait until it has ended, or end it there; a lock whose owner died ends within a minute",
                )
            if not said:
                note(f"{_named(holder)} writes to this database: waiting for up to {self._db.wait:g} s (Ctrl-C ends)")
                said = True
            time.sleep(LOOK)
        self._renewing.start()

    def release(self) -> None:
        """Give the lock back; where that fails it ends by itself."""
        self._over.set()
        with suppress(DatabaseError):
            self._db.hurried().write(queries.load("lock/release"), token=self._token)

    @property
    def mine(self) -> bool:
        """Whether this thread holds it."""
        return self._thread == threading.get_ident()

    def check(self) -> None:
        """Refuse to write when another command has the lock.

        Raises
        ------
        DatabaseError
            This process was suspended, or without the database, for so long that another command took over.
        """
        if self._lost is not None:
            raise DatabaseError(
                f"{self._lost} has begun to write to this database while this command did not answer",
                hint="run this command again when that one has ended",
            )

    def _try(self, ended: list[str]) -> tuple[str, dict[str, Any]] | None:
        """Take the lock and return None, or return the token and the properties of its holder."""
        given = {"token": self._token, "seconds": LASTS, "ended": ended}
        for tries in range(_TRIES):
            self._db.write(queries.load("lock/make"))
            try:
                now = datetime.now().astimezone().isoformat(timespec="seconds")
                rows = self._db.write_once(
                    queries.load("lock/acquire"), holder=self._holder | {"since": now}, **given
                ).records
            except DatabaseError as error:
                # A holder that gave the lock back has removed it meanwhile.
                if "EntityNotFound" not in error.message or tries + 1 == _TRIES:
                    raise
                continue
            if rows and rows[0]["token"] is not None:
                token = str(rows[0]["token"])
                return None if token == self._token else (token, dict(rows[0]["holder"]))
        raise DatabaseError("the lock of commands that write could not be read", hint="run the command again")

    def _renew(self) -> None:
        hurried = self._db.hurried()
        while not self._over.wait(RENEWED):
            # Without the database, the next renewal may still come in time.
            with suppress(DatabaseError):
                given = {"token": self._token, "seconds": LASTS}
                rows = hurried.write_once(queries.load("lock/renew"), **given).records
                if not rows[0]["held"] and not self._over.is_set():
                    holders = hurried.read(queries.load("lock/holder"))
                    self._lost = _named(dict(holders[0]["holder"])) if holders else "another command"
                    return


@contextmanager
def writing(db: Database, command: str) -> Iterator[None]:
    """Hold the lock of commands that write; inside another such block of the same ``db``, do nothing.

    Parameters
    ----------
    db
        The database.
    command
        What writes, such as ``load``: for those who wait.

    Raises
    ------
    BusyError
        Another command holds it for longer than ``[database] wait``, or another thread by the same ``db``.
    """
    if db.lock is not None:
        if not db.lock.mine:
            raise BusyError(
                "another thread writes to this database by the same connection",
                hint="give each thread its own connection: then one waits for the other",
            )
        yield
        return
    lock = WriteLock(db, command)
    lock.acquire()
    db.lock = lock
    try:
        yield
    finally:
        db.lock = None
        lock.release()


def exclusive(
    command: str,
) -> Callable[[Callable[Concatenate[Database, P], T]], Callable[Concatenate[Database, P], T]]:
    """Decorate a function that writes to its first argument, a database: it holds the lock (:func:`writing`)."""

    def decorate(work: Callable[Concatenate[Database, P], T]) -> Callable[Concatenate[Database, P], T]:
        @functools.wraps(work)
        def alone(db: Database, /, *args: P.args, **kwargs: P.kwargs) -> T:
            with writing(db, command):
                return work(db, *args, **kwargs)

        return alone

    return decorate


def _space() -> str:
    """Return what tells machines, and containers on one, with the same host name apart."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return f"{uuid.getnode():x}"


def _has_ended(holder: dict[str, Any]) -> bool:
    """Return whether the holder's process was on this machine and is no more."""
    if (holder["host"], holder["space"]) != (socket.gethostname(), _space()):
        return False
    import psutil

    try:
        return bool(psutil.Process(holder["process"]).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
    except psutil.Error:
        return False


def _named(holder: dict[str, Any]) -> str:
    """Return the holder for a message."""
    where = f"process {holder['process']} on {holder['host']}"
    return f"`graphrec {holder['command']}` ({where}, since {holder['since']})"
