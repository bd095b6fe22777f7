"""Write down a piece of work: an entry before it touches anything, and one when it has ended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import click

from graphrec.common.console import warn
from graphrec.common.errors import GraphrecError
from graphrec.config.settings import Settings
from graphrec.journal.account import account
from graphrec.journal.file import Journal, refusal
from graphrec.journal.tally import TALLY, Tally

#: What work does to people's data: shows some of it, makes something of it, changes, removes or copies it, or opens it
#: to others.
Kind = Literal["read", "derive", "write", "remove", "copy", "access"]
FOLDER = "journal"

_CURRENT: ContextVar[Recording | None] = ContextVar("graphrec_recording", default=None)
#: Of this whole process, such as the job that it is.
_PROCESS: dict[str, Any] = {}


def journal_of(settings: Settings) -> Journal:
    """Return the journal of a project."""
    named = settings.journal.folder
    return Journal(settings.root / Path(named).expanduser() if named else settings.home / FOLDER)


def in_process(**facts: Any) -> None:
    """Let every entry of this process say something, such as the job that it is."""
    _PROCESS.update(facts)


def fact(**facts: Any) -> None:
    """Let the entry at the end of the work in progress say more, such as the job that it has started."""
    recording = _CURRENT.get()
    if recording is not None:
        recording.facts.update(facts)


def begin_now(settings: Settings) -> None:
    """Write the first entry of the work in progress, where there was nothing yet whose journal could have it.

    Raises
    ------
    ResourceError
        It cannot be written.
    """
    recording = _CURRENT.get()
    if recording is not None:
        recording.begin(settings)


class Recording:
    """One piece of work.

    Parameters
    ----------
    did, kind, through
        The command, method or route; what it does to people's data; and by what way it was called.
    users
        Ids of people whom it is about, of which fingerprints are kept.
    facts
        More of it; no values that somebody typed, which may name people or be secret.
    """

    def __init__(self, did: str, kind: Kind, through: str, users: Iterable[object] = (), **facts: Any) -> None:
        self._told = {"through": through, "did": did, "kind": kind} | facts
        self._users = list(dict.fromkeys(id_text(user) for user in users if user is not None))
        self._id, self._began = secrets.token_hex(6), time.monotonic()
        self._journal: Journal | None = None
        self.tally = Tally()
        self.facts: dict[str, Any] = {}

    def begin(self, settings: Settings) -> None:
        """Write the first entry, once.

        Raises
        ------
        ResourceError
            It cannot be written: nothing may be touched.
        """
        if self._journal is not None or not settings.journal.keep:
            return
        journal = journal_of(settings)
        try:
            told = self._told | (
                {"users": [journal.fingerprint(user) for user in self._users[:_MOST]]} if self._users else {}
            )
            if len(self._users) > _MOST:
                told["moreUsers"] = len(self._users) - _MOST
            journal.append(self._head("begin") | account() | told | _PROCESS, sync=self._told["kind"] != "read")
        except GraphrecError as error:
            raise refusal(error, str(self._told["did"])) from error
        except OSError as error:
            raise refusal(GraphrecError(str(error.strerror or error)), str(self._told["did"])) from error
        self._journal = journal

    def end(self, error: BaseException | None) -> None:
        """Write the last entry, if there was a first; the work is done, so failure is a warning."""
        if self._journal is None:
            return
        told: dict[str, Any] = {"outcome": _outcome(error)}
        if error is not None:
            told["error"] = type(error).__name__
        told |= {"seconds": round(time.monotonic() - self._began, 3), "counts": self.tally.counts, **self.facts}
        try:
            self._journal.append(self._head("end") | told, sync=self._told["kind"] != "read")
        except (GraphrecError, OSError) as failed:
            warn(f"the journal has the beginning of this, but not its end: {failed}")

    def _head(self, event: str) -> dict[str, Any]:
        return {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "id": self._id, "event": event}


#: Most users whose fingerprints an entry has.
_MOST = 100


@contextmanager
def recorded(
    recording: Recording, settings: Settings, *, wait: bool = False, apart: bool = False
) -> Iterator[Recording]:
    """Write down the work of a block; inside another such block, do nothing: that one tells of it.

    Parameters
    ----------
    wait
        Whether the first entry waits for :func:`begin_now`, as there is nothing yet that could be touched.
    apart
        Whether it is written down by itself even so, as a request to a service that is written down.

    Raises
    ------
    ResourceError
        The journal cannot be written.
    """
    outer, counted = _CURRENT.get(), TALLY.get()
    if outer is not None and not apart:
        yield recording
        return
    if not wait:
        recording.begin(settings)
    _CURRENT.set(recording)
    TALLY.set(recording.tally)
    failed: BaseException | None = None
    try:
        yield recording
    except BaseException as error:
        failed = error
        raise
    finally:
        _CURRENT.set(outer)
        TALLY.set(counted)
        recording.end(failed)


def has_anything(settings: Settings) -> bool:
    """Return whether a project has anything that could be touched."""
    return settings.neo4j.uri is not None or settings.home.is_dir() or settings.runs.is_dir()


def _outcome(error: BaseException | None) -> str:
    if error is None or (isinstance(error, SystemExit) and not error.code):
        return "done"
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted"
    answered = getattr(error, "status_code", 500) < 500  # the service's answer to a request that is wrong
    return "refused" if answered or isinstance(error, GraphrecError | click.ClickException) else "failed"


def id_text(user: object) -> str:
    """Return the id of a user in one form, however it is given: ``acme/7`` is ``("acme", 7)`` and ``["acme", 7]``."""
    if isinstance(user, str) and user.startswith("["):
        import json

        try:
            user = json.loads(user)
        except ValueError:
            return str(user)
    return "/".join(map(str, user)) if isinstance(user, list | tuple) else str(user)
