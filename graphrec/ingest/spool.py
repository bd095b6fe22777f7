"""Events that wait on the disk while Neo4j is away, in order, and those that could not be written.

A SQLite database, which several processes share. What :meth:`Spool.append` has returned for survives a crash of the
process and of the machine.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from graphrec.common.private import private_folder
from graphrec.common.shared_base import SharedBase
from graphrec.config.ids import stored_forms
from graphrec.config.roles import NodeRole
from graphrec.ingest.event import Checked

if TYPE_CHECKING:
    from filelock import FileLock

#: Below the project's home.
FILE = Path("service", "events.sqlite")
_BOTH = ("waiting", "dead")

_TABLES = """
CREATE TABLE IF NOT EXISTS waiting (place INTEGER PRIMARY KEY AUTOINCREMENT, since REAL, user TEXT, event BLOB);
CREATE TABLE IF NOT EXISTS dead (
  place INTEGER PRIMARY KEY AUTOINCREMENT, since REAL, user TEXT, event BLOB, at REAL, reason TEXT
);
"""


def turns(home: Path) -> FileLock:
    """Return the lock of who writes events of a project to Neo4j, or removes them; one process at a time."""
    import filelock

    return filelock.FileLock((private_folder(home / FILE.parent)) / "events.lock", mode=0o600, thread_local=False)


class Waiting(NamedTuple):
    """An event on the disk, with its place in the order."""

    place: int
    event: Checked


class Dead(NamedTuple):
    """An event that could not be written, with the reason and when it was given up (epoch seconds)."""

    event: Checked
    reason: str
    at: float


class Spool:
    """The file. Threads may share an object.

    Parameters
    ----------
    path
        The file; it and its folder are made, readable by their owner alone.

    Raises
    ------
    ResourceError
        It cannot be made, opened or written, as where the disk is full. All methods raise it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        hint = "make room, or the folder writable; events that were acknowledged before are kept"
        self._base = SharedBase(path, _TABLES, "events cannot be kept on the disk", hint)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def append(self, events: Sequence[Checked]) -> None:
        """Put events behind those that wait; they are on the disk when it returns."""
        now = time.time()
        rows = [(now, _user(event), msgspec.json.encode(event)) for event in events]
        with self._base.transaction() as base:
            base.executemany("INSERT INTO waiting (since, user, event) VALUES (?, ?, ?)", rows)

    def empty(self) -> bool:
        """Return whether no event waits."""
        return not self._base.rows("SELECT 1 FROM waiting LIMIT 1")

    def first(self, most: int) -> list[Waiting]:
        """Return the events that wait longest."""
        rows = self._base.rows("SELECT place, event FROM waiting ORDER BY place LIMIT ?", most)
        return [Waiting(place, msgspec.json.decode(event, type=Checked)) for place, event in rows]

    def done(self, written: Sequence[Waiting], dead: Sequence[tuple[Waiting, str]] = ()) -> None:
        """Remove events that are written, and put those that never can be to the dead ones."""
        now = time.time()
        with self._base.transaction() as base:
            base.executemany(
                "INSERT INTO dead (since, user, event, at, reason) "
                "SELECT since, user, event, ?, ? FROM waiting WHERE place = ?",
                [(now, reason, one.place) for one, reason in dead],
            )
            places = [(one.place,) for one in [*written, *(one for one, _ in dead)]]
            base.executemany("DELETE FROM waiting WHERE place = ?", places)

    def depth(self) -> tuple[int, float]:
        """Return how many events wait, and for how many seconds the oldest has."""
        ((count, since),) = self._base.rows("SELECT count(*), min(since) FROM waiting")
        return count, 0.0 if since is None else max(0.0, time.time() - since)

    def dead_count(self) -> int:
        """Return the number of events that could not be written."""
        return int(self._base.rows("SELECT count(*) FROM dead")[0][0])

    def dead(self, most: int = 100) -> list[Dead]:
        """Return the events that could not be written, the latest first."""
        rows = self._base.rows("SELECT event, reason, at FROM dead ORDER BY place DESC LIMIT ?", most)
        return [Dead(msgspec.json.decode(event, type=Checked), reason, at) for event, reason, at in rows]

    def of_user(self, role: NodeRole, forms: Sequence[Any]) -> int:
        """Return how many events, waiting or dead, are of a user whose id is one of ``forms``."""
        users = self._users(role, forms)
        return sum(
            int(self._base.rows(f"SELECT count(*) FROM {table} WHERE user = ?", user)[0][0])
            for table in _BOTH
            for user in users
        )

    def all_of(self, role: NodeRole, forms: Sequence[Any]) -> list[dict[str, Any]]:
        """Return a user's events; a dead one with the reason why it could not be written."""
        found = list[dict[str, Any]]()
        for user in self._users(role, forms):
            waiting = self._base.rows("SELECT event FROM waiting WHERE user = ? ORDER BY place", user)
            found += [{"event": msgspec.json.decode(row[0]), "state": "waiting"} for row in waiting]
            dead = self._base.rows("SELECT event, reason FROM dead WHERE user = ? ORDER BY place", user)
            found += [{"event": msgspec.json.decode(event), "state": f"dead: {reason}"} for event, reason in dead]
        return found

    def forget(self, role: NodeRole, forms: Sequence[Any]) -> None:
        """Remove a user's events, from the file too."""
        users = self._users(role, forms)
        with self._base.transaction() as base:
            for table in _BOTH:
                base.executemany(f"DELETE FROM {table} WHERE user = ?", [(user,) for user in users])
        self._base.without_traces()

    def older(self, before: float, *, remove: bool) -> int:
        """Return how many events, waiting or dead, came before a moment, and perhaps remove them."""
        asked = (self._base.rows(f"SELECT count(*) FROM {table} WHERE since < ?", before) for table in _BOTH)
        count = sum(int(rows[0][0]) for rows in asked)
        if remove and count:
            with self._base.transaction() as base:
                for table in _BOTH:
                    base.execute(f"DELETE FROM {table} WHERE since < ?", (before,))
            self._base.without_traces()
        return count

    def _users(self, role: NodeRole, forms: Sequence[Any]) -> list[str]:
        """Return the users of the file that are one user, by any form of the id."""
        there = {row[0] for table in _BOTH for row in self._base.rows(f"SELECT DISTINCT user FROM {table}")}
        return [user for user in sorted(there) if set(forms) & set(stored_forms(msgspec.json.decode(user), role))]


def open_existing(home: Path) -> Spool | None:
    """Return the spool of a project's home, if it has one."""
    path = home / FILE
    return Spool(path) if path.is_file() else None


def _user(event: Checked) -> str:
    return msgspec.json.encode(event.user).decode()
