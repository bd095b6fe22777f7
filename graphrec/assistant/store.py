"""Conversations, and what was handed over to a person, in a file that the service's processes share.

Whose a row is, only a keyed hash says. Rows expire, and the oldest go first where there are too many.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from graphrec.assistant.actions import Id, Language
from graphrec.assistant.dialogue import Dialogue, Line
from graphrec.common.errors import ConflictError
from graphrec.common.keyed_names import KeyedNames
from graphrec.common.shared_base import SharedBase
from graphrec.config.assistant_settings import AssistantSettings

#: Below the project's home.
FILE, SECRET = Path("service", "conversations.sqlite"), Path("service", "conversations.secret")
_DAY = 86_400
#: Most handovers that are kept.
_HANDOVERS = 10_000
_TABLES = """
CREATE TABLE IF NOT EXISTS conversation (
  name TEXT PRIMARY KEY, owner TEXT, until REAL, version INTEGER, state BLOB
);
CREATE INDEX IF NOT EXISTS conversation_owner ON conversation (owner);
CREATE INDEX IF NOT EXISTS conversation_until ON conversation (until);
CREATE TABLE IF NOT EXISTS handover (place INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT, until REAL, summary BLOB);
"""


class Summary(msgspec.Struct, frozen=True):
    """What a person reads who takes over.

    Attributes
    ----------
    reference
        What the person who asked was told, to refer to it.
    user
        Id; None: a visitor.
    at
        Epoch seconds.
    wish
        What was wished for, in words.
    shown
        Titles of the last list.
    lines
        The last turns.
    """

    reference: str
    user: Id | None
    at: float
    language: Language
    wish: str
    shown: tuple[str, ...]
    lines: tuple[Line, ...]


class Conversations:
    """The file. Threads may share an object.

    Parameters
    ----------
    home
        Home of the project.
    settings
        How long, and how many, are kept.

    Raises
    ------
    ResourceError
        It cannot be used. All methods raise it.
    """

    def __init__(self, home: Path, settings: AssistantSettings) -> None:
        self._settings = settings
        self._names = KeyedNames(home / SECRET, f"remove it, and {home / FILE}: conversations end")
        hint = "make room, or the folder writable"
        self._base = SharedBase(home / FILE, _TABLES, "conversations cannot be kept", hint, durable=False)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def find(self, conversation: str, user: Id | None) -> Dialogue | None:
        """Return a conversation of a user; None where there is none any more, or it is another's."""
        name, owner = self._names.known(conversation), self._owner(user)
        query = "SELECT state FROM conversation WHERE name = ? AND owner = ? AND until > ?"
        rows = self._base.rows(query, name, owner, time.time()) if name else []
        return msgspec.json.decode(rows[0][0], type=Dialogue) if rows else None

    def keep(self, dialogue: Dialogue) -> None:
        """Keep a conversation as it is after a turn.

        Raises
        ------
        ConflictError
            Another turn has changed it meanwhile.
        """
        now, name = time.time(), self._names.of(dialogue.conversation)
        before, dialogue.version = dialogue.version, dialogue.version + 1
        row = (self._owner(dialogue.user), now + 60 * self._settings.keep_minutes, dialogue.version)
        state = msgspec.json.encode(dialogue)
        with self._base.transaction() as base:
            if before:
                changed = base.execute(
                    "UPDATE conversation SET owner = ?, until = ?, version = ?, state = ? "
                    "WHERE name = ? AND version = ?",
                    (*row, state, name, before),
                ).rowcount
                if not changed:
                    raise ConflictError(
                        "the conversation has gone on meanwhile, or was ended", hint="send one turn after the other"
                    )
            else:
                base.execute("INSERT INTO conversation VALUES (?, ?, ?, ?, ?)", (name, *row, state))
            base.execute("DELETE FROM conversation WHERE until <= ?", (now,))
            base.execute(
                "DELETE FROM conversation WHERE name IN "
                "(SELECT name FROM conversation ORDER BY until DESC LIMIT -1 OFFSET ?)",
                (self._settings.conversations,),
            )

    def hand_over(self, dialogue: Dialogue, wish: str) -> Summary:
        """Keep a summary of a conversation for a person."""
        now = time.time()
        shown = tuple(one.title for one in dialogue.shown)
        reference, language = secrets.token_hex(4), dialogue.language or "en"
        found = Summary(reference, dialogue.user, now, language, wish, shown, dialogue.lines)
        until = now + _DAY * self._settings.handover_days
        with self._base.transaction() as base:
            row = (self._owner(dialogue.user), until, msgspec.json.encode(found))
            base.execute("INSERT INTO handover (owner, until, summary) VALUES (?, ?, ?)", row)
            base.execute("DELETE FROM handover WHERE until <= ?", (now,))
            base.execute(
                "DELETE FROM handover WHERE place IN "
                "(SELECT place FROM handover ORDER BY place DESC LIMIT -1 OFFSET ?)",
                (_HANDOVERS,),
            )
        return found

    def handovers(self, most: int) -> list[Summary]:
        """Return what was handed over, the latest first."""
        query = "SELECT summary FROM handover WHERE until > ? ORDER BY place DESC LIMIT ?"
        return [msgspec.json.decode(row[0], type=Summary) for row in self._base.rows(query, time.time(), most)]

    def of_users(self, users: Iterable[Id]) -> int:
        """Return how many conversations and handovers are of any of these ids."""
        owners = {owner for user in users if (owner := self._names.known(_own(user)))}
        return sum(
            int(self._base.rows(f"SELECT count(*) FROM {table} WHERE owner = ?", owner)[0][0])
            for table in ("conversation", "handover")
            for owner in owners
        )

    def all_of(self, users: Iterable[Id]) -> list[dict[str, Any]]:
        """Return the conversations and handovers of these ids, as they are kept."""
        owners = {owner for user in users if (owner := self._names.known(_own(user)))}
        columns = {"conversation": "state", "handover": "summary"}
        return [
            {"kind": table, **msgspec.json.decode(row[0])}
            for table, column in columns.items()
            for owner in sorted(owners)
            for row in self._base.rows(f"SELECT {column} FROM {table} WHERE owner = ?", owner)
        ]

    def older(self, before: float, *, remove: bool) -> int:
        """Return how many conversations and handovers ended before a moment, and perhaps remove them."""
        kept = {
            "conversation": 60 * self._settings.keep_minutes,
            "handover": _DAY * self._settings.handover_days,
        }
        count = 0
        for table, seconds in kept.items():
            moment = before + seconds  # a row says until when it is kept, not since when
            count += int(self._base.rows(f"SELECT count(*) FROM {table} WHERE until < ?", moment)[0][0])
            if remove:
                with self._base.transaction() as base:
                    base.execute(f"DELETE FROM {table} WHERE until < ?", (moment,))
        if remove and count:
            self._base.without_traces()
        return count

    def forget(self, users: Iterable[Id]) -> None:
        """Remove these, from the file too."""
        owners = [(owner,) for user in users if (owner := self._names.known(_own(user)))]
        with self._base.transaction() as base:
            for table in ("conversation", "handover"):
                base.executemany(f"DELETE FROM {table} WHERE owner = ?", owners)
        self._base.without_traces()

    def _owner(self, user: Id | None) -> str:
        return "" if user is None else self._names.of(_own(user))


def _own(user: Id) -> str:
    return f"user {user}"


def open_existing(home: Path, settings: AssistantSettings) -> Conversations | None:
    """Return the conversations of a project's home, if it has any."""
    return Conversations(home, settings) if (home / FILE).is_file() else None
