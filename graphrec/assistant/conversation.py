"""One conversation in this process, with all that it needs opened: for the command line and for Python."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from functools import cached_property
from typing import Any, Self

from graphrec.assistant.assistant import Assistant, Turn
from graphrec.assistant.reply import Reply
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.ingest.event import Event
from graphrec.ingest.store import EventStore
from graphrec.serving.live_answers import LiveAnswers


class Conversation:
    """A conversation; use it as a context manager, or close it.

    Parameters
    ----------
    db, settings
        The database, which is not closed, and the project's settings.
    user
        Id; None: a visitor.
    conversation
        One to continue.

    Examples
    --------
    >>> with graphrec.connect() as graph, graph.chat("u001") as talk:  # doctest: +SKIP
    ...     print(talk.say("something newer, and not horror").text)
    """

    def __init__(self, db: Database, settings: Settings, user: Any = None, conversation: str | None = None) -> None:
        self.user, self.conversation = user, conversation
        self._db, self._settings = db, settings
        self._open = ExitStack()
        live = self._open.enter_context(closing(LiveAnswers(db, settings)))
        self._assistant = self._open.enter_context(closing(Assistant(db, settings, lambda: live)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads, and close the files."""
        self._open.close()

    def turn(self, words: str, heard: str = "") -> Turn:
        """Understand and perform what is said; the answer's pieces are read from the result.

        Parameters
        ----------
        words
            In English or Chinese.
        heard
            How they were heard, of a recording.

        Raises
        ------
        GraphrecError
            As :meth:`graphrec.assistant.assistant.Assistant.turn`.
        """
        found = self._assistant.turn(words, self.user, self.conversation, self._put, heard=heard)
        self.conversation = found.dialogue.conversation
        return found

    def say(self, words: str) -> Reply:
        """Say something, and return the whole answer."""
        return self.turn(words).reply

    @cached_property
    def _events(self) -> EventStore:
        return self._open.enter_context(EventStore(self._db, self._settings))

    def _put(self, events: Sequence[Event]) -> str:
        return self._events.put(events)
