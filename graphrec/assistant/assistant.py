"""A turn of a conversation: words → one typed action → performed → an answer in pieces."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from graphrec.assistant.actions import Confirm, Id, Understood
from graphrec.assistant.conditions import in_words
from graphrec.assistant.dialogue import Dialogue
from graphrec.assistant.knowledge import Knowledge
from graphrec.assistant.lists import Lists
from graphrec.assistant.perform import Performer, Put, titles_of
from graphrec.assistant.phrases import joined, listed, say
from graphrec.assistant.reasons import Reasons
from graphrec.assistant.reply import Outcome, Reply
from graphrec.assistant.store import Conversations, Summary
from graphrec.assistant.understanding.nearest import nearest_of
from graphrec.assistant.understanding.understand import RULES, understand
from graphrec.assistant.understanding.vocabulary import open_vocabulary
from graphrec.assistant.wording import Wording
from graphrec.common.console import note
from graphrec.common.errors import GraphrecError, InputError
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.resolved import resolved_once
from graphrec.language.model import open_language_model

if TYPE_CHECKING:
    from graphrec.language.model import LanguageModel
    from graphrec.serving.live_answers import LiveAnswers

#: Longest words of one turn, in characters.
LONGEST = 1_000


class Assistant:
    """Answers in conversations; thread-safe, one per process.

    Parameters
    ----------
    db, settings
        The database and the project's settings.
    live
        Gives what scores all items for a user.
    run_of
        User → the published run that answers them; None: the active one.
    resolved
        Gives the mapping with the behaviours and the knowledge that the graph has; None: it is read once, when asked.
    """

    def __init__(
        self,
        db: Database,
        settings: Settings,
        live: Callable[[], LiveAnswers],
        run_of: Callable[[Any], str | None] = lambda _: None,
        resolved: Callable[[], GraphSchema] | None = None,
    ) -> None:
        self._db, self._settings = db, settings
        schema = resolved_once(db, settings.graph, resolved)
        self._nearest = nearest_of(settings) if settings.assistant.encoder else None
        self._opening = threading.Lock()
        self._kept: Conversations | None = None
        reasons = Reasons(db, settings, run_of)
        self._performer = Performer(
            db=db,
            settings=settings,
            schema=schema,
            lists=Lists(db, settings, live, run_of),
            reasons=reasons,
            knowledge=Knowledge(db, settings, schema, reasons.rank),
            wording=settings.assistant.wording and settings.language.model != "none",
            hand_over=self._hand_over,
        )

    @property
    def conversations(self) -> Conversations:
        """What is kept; the file is made at the first turn."""
        with self._opening:
            if self._kept is None:
                self._kept = Conversations(self._settings.home, self._settings.assistant)
            return self._kept

    @cached_property
    def model(self) -> LanguageModel | None:
        """The language model; None: templates and rules."""
        return open_language_model(self._settings)

    def close(self) -> None:
        """Close what it holds."""
        if self._kept is not None:
            self._kept.close()
        model = self.__dict__.get("model")
        if model is not None:
            model.close()

    def turn(
        self,
        words: str,
        user: Any,
        conversation: str | None = None,
        put: Put | None = None,
        *,
        heard: str = "",
        seconds: float | None = None,
    ) -> Turn:
        """Understand and perform what somebody says; the answer's pieces are read from the result.

        Parameters
        ----------
        words
            What was said.
        user
            Id as stored or typed; one that the graph does not have yet is answered as a visitor, until something is
            recorded. None: a visitor.
        conversation
            One to continue; None, or one that has ended: a new one.
        put
            Stores events of this user; None: nothing may be recorded.
        heard
            How the words were heard, of a recording.
        seconds
            After which a language model is not waited for any more; None: ``[language] call_seconds`` alone.

        Raises
        ------
        InputError
            There are no words, or too many.
        ConflictError
            Another turn of the conversation was under way.
        GraphrecError
            What an answer needs is not there: no published run, no database.
        """
        if not words.strip():
            raise InputError("no words", hint="say something: help")
        if len(words) > LONGEST:
            raise InputError(f"{len(words):,} characters at once", hint=f"at most {LONGEST:,}")
        dialogue = self._resumed(conversation, self._stored(user))
        fresh = conversation is not None and dialogue.conversation != conversation
        vocabulary = open_vocabulary(self._db, self._settings)
        cancel = _cancelled_after(seconds) if self.model is not None and seconds is not None else None
        found = understand(words, dialogue.context, vocabulary, model=self.model, nearest=self._nearest, cancel=cancel)
        dialogue.language, dialogue.turns = found.language, dialogue.turns + 1
        dialogue.note("person", words)
        certain = found.how == RULES and not heard
        outcome = self._perform(found, dialogue, put, certain)
        outcome = _with_remarks(outcome, found, fresh)
        text = text_of(outcome, found.language)
        dialogue.note("assistant", text)
        self.conversations.keep(dialogue)
        worded = self.model if self._settings.assistant.wording else None
        wording = Wording(worded, self._settings.assistant.max_tokens, cancel)
        return Turn(dialogue, found, outcome, wording, words, heard)

    def _perform(self, found: Understood, dialogue: Dialogue, put: Put | None, certain: bool) -> Outcome:
        """Perform an action; of two that answer the same question at once, one."""
        pending = dialogue.pending
        answers = isinstance(found.action, Confirm) and pending is not None
        if answers:
            dialogue.pending = None
            self.conversations.keep(dialogue)  # the other one is refused here, before anything is written
            dialogue.pending = pending
        try:
            return self._performer.perform(found.action, dialogue, found.language, put, certain=certain)
        except GraphrecError:
            if answers:
                dialogue.pending = pending
                self.conversations.keep(dialogue)
            raise

    def _stored(self, user: Any) -> Id | None:
        """Return the id of a user as the graph has it."""
        if user is None:
            return None
        role = self._settings.graph.user
        forms = stored_forms(user, role)
        rows = self._db.read(queries.load("query/ends", self._settings.graph, role), users=[forms])
        found: Id = forms[0] if rows[0]["user"] is None else rows[0]["user"]
        return found

    def _resumed(self, conversation: str | None, user: Id | None) -> Dialogue:
        found = None if conversation is None else self.conversations.find(conversation, user)
        if found is None or found.turns >= self._settings.assistant.turns:
            return Dialogue.begin(user)
        return found

    def _hand_over(self, dialogue: Dialogue, wish: str) -> Summary:
        summary = self.conversations.hand_over(dialogue, wish)
        note(
            f"a conversation waits for a person: {summary.reference} (GET /v1/handovers, or graphrec chat --handovers)"
        )
        return summary


class Turn:
    """What a turn has brought about, and its answer.

    Attributes
    ----------
    dialogue, understood, outcome
        The conversation after the turn, what was understood, and what has been done.
    said, heard
        The words, and how they were heard, of a recording.
    """

    def __init__(
        self, dialogue: Dialogue, understood: Understood, outcome: Outcome, wording: Wording, said: str, heard: str
    ) -> None:
        self.dialogue, self.understood, self.outcome = dialogue, understood, outcome
        self.said, self.heard, self._wording = said, heard, wording
        self._parts = list[str]()

    def pieces(self) -> Iterator[str]:
        """Yield the answer; read once. A list comes whole, sentences one by one."""
        language, outcome = self.understood.language, self.outcome
        between = say(language, "space")
        start = joined(language, outcome.remarks)
        if outcome.rows:
            start = joined(language, [*outcome.remarks, *outcome.sentences])
            yield self._part(f"{start}\n{titles_of(outcome.rows, language)}")
        elif start:
            yield self._part(start)
        template = () if outcome.rows else outcome.sentences
        before = "\n" if outcome.rows else between if start else ""
        worded = self._wording.pieces(outcome, template, self.said, language)
        for sentence in chain(worded, outcome.after):
            yield self._part(before + sentence)
            before = between

    def _part(self, text: str) -> str:
        self._parts.append(text)
        return text

    @property
    def reply(self) -> Reply:
        """The answer; its text is what :meth:`pieces` has given."""
        for _ in () if self._parts else self.pieces():
            pass
        found = self.understood
        return Reply(
            conversation=self.dialogue.conversation,
            language=found.language,
            text="".join(self._parts),
            action=found.action,
            understood=found.how,
            confidence=found.confidence,
            said=self.said,
            heard=self.heard,
            rows=self.outcome.rows,
            facts=self.outcome.facts,
            asks="confirm" if self.dialogue.pending is not None else "",
            conditions=in_words(self.dialogue.wish.filters, found.language),
            how=self._wording.how,
            why=self._wording.why,
        )


def _cancelled_after(seconds: float) -> threading.Event:
    """Return what is set after some seconds."""
    cancel = threading.Event()
    timer = threading.Timer(seconds, cancel.set)
    timer.daemon = True
    timer.start()
    return cancel


def text_of(outcome: Outcome, language: Any) -> str:
    """Return an answer by templates, with its list as numbered lines."""
    start = joined(language, [*outcome.remarks, *outcome.sentences])
    parts = [start, titles_of(outcome.rows, language), joined(language, outcome.after)]
    return "\n".join(filter(None, parts))


def _with_remarks(outcome: Outcome, found: Understood, fresh: bool) -> Outcome:
    """Return an outcome with what has to be said beside it: words that name nothing, a new conversation."""
    language = found.language
    before = [say(language, "begun")] if fresh else []
    before += [say(language, "model_failed")] if found.note else []
    before += [say(language, "unread", words=listed(language, found.unread))] if found.unread else []
    return msgspec.structs.replace(outcome, remarks=tuple(before))
