"""Performs actions: each by the functions that serve everybody else, which run only queries in ``cypher/``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from graphrec.assistant.actions import (
    Action,
    Compare,
    Confirm,
    Explain,
    Filter,
    Greet,
    HandOver,
    Help,
    ItemRef,
    Language,
    LookUp,
    More,
    NumberFilter,
    React,
    Recommend,
    Refine,
    Reset,
    Search,
    Similar,
    Unknown,
    WordsFilter,
)
from graphrec.assistant.conditions import in_words, settled
from graphrec.assistant.dialogue import Dialogue, Reaction, Wish
from graphrec.assistant.knowledge import Knowledge
from graphrec.assistant.lists import Lists
from graphrec.assistant.phrases import listed, say, titled
from graphrec.assistant.reactions import Recording, recording
from graphrec.assistant.reasons import Reasons
from graphrec.assistant.reply import Outcome, Row
from graphrec.assistant.store import Summary
from graphrec.assistant.understanding.rules import contradict
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.database import Database
from graphrec.grounding.fact import Fact
from graphrec.grounding.facts import gather
from graphrec.ingest.event import Event

if TYPE_CHECKING:
    from graphrec.explanation.explanation import Explanation

#: Stores events, and says whether they are in Neo4j (``stored``) or wait for it (``queued``).
Put: TypeAlias = Callable[[Sequence[Event]], str]

#: Items of a list that "why?" explains, and items that are compared.
_EXPLAINED, _COMPARED = 3, 5
#: Conditions of one wish; the oldest go first.
_CONDITIONS = 20
#: Turns in a row that are not understood before a person is offered.
_PATIENCE = 2
#: What a place rests on → why, for somebody without reasons.
_SOURCES = {"popularity": "why.popular", "content": "why.content", "knowledge": "why.knowledge"}


@dataclass(frozen=True)
class Performer:
    """What performs actions.

    Attributes
    ----------
    db, settings
        The database and the project's settings.
    schema
        Gives the mapping with its behaviours and knowledge.
    lists, reasons, knowledge
        What answers.
    wording
        Whether a language model words answers, and needs facts for it.
    hand_over
        Keeps a summary for a person: of a dialogue, with its wish in words.
    """

    db: Database
    settings: Settings
    schema: Callable[[], GraphSchema]
    lists: Lists
    reasons: Reasons
    knowledge: Knowledge
    wording: bool
    hand_over: Callable[[Dialogue, str], Summary]

    def perform(
        self, action: Action, dialogue: Dialogue, language: Language, put: Put | None, *, certain: bool = True
    ) -> Outcome:
        """Perform an action, and note in the dialogue what has changed.

        Parameters
        ----------
        put
            Stores events; None: the caller may not record anything.
        certain
            Whether plain, typed words asked for it; otherwise a person is called only after a yes.

        Raises
        ------
        GraphrecError
            What it needs is not there: no published run, no database.
        """
        pending = dialogue.pending
        if not isinstance(action, Confirm | Unknown | Greet | Help):
            dialogue.pending = None  # whoever speaks of something else has not said yes
        dialogue.unclear = dialogue.unclear + 1 if isinstance(action, Unknown) else 0
        match action:
            case Recommend() | Refine() | More() | Search() | Similar():
                found = self._list(action, dialogue, language)
            case Explain():
                found = self._explain(action.item, dialogue, language)
            case Compare():
                dialogue.focus = None
                found = self.knowledge.compare(action.items[:_COMPARED], dialogue.user, language)
            case LookUp():
                dialogue.focus = action.item
                found = self.knowledge.look_up(action.item, action.about, language)
            case React():
                found = self._ask(action, dialogue, language, put)
            case Confirm():
                dialogue.pending = None
                found = self._confirm(action.yes, pending, dialogue, language, put)
            case HandOver():
                found = self._hand_over(dialogue, language) if certain else self._offer_person(dialogue, language)
            case Reset():
                dialogue.restart()
                found = Outcome((say(language, "reset"),))
            case Help():
                found = Outcome((say(language, "help"),))
            case Greet():
                found = Outcome((say(language, f"greet.{action.kind}"),))
            case Unknown():
                found = self._unknown(action, dialogue, language)
        return found

    def _list(
        self, action: Recommend | Refine | More | Search | Similar, dialogue: Dialogue, language: Language
    ) -> Outcome:
        wish = self._wish(action, dialogue)
        exclude = dialogue.offered if isinstance(action, More) else ()
        seen = dialogue.offered if isinstance(action, Refine) else ()
        found = self.lists.of(dialogue, wish, exclude, seen)
        if found.rows:
            sources = [row.source for row in found.rows]
            # Who refines a wish has seen what was shown for it: that comes after all else.
            further = isinstance(action, More | Refine)
            dialogue.show(wish, [row.ref for row in found.rows], sources, further=further)
        else:  # the earlier list can still be spoken of
            dialogue.wish = wish
        conditions = in_words(wish.filters, language)
        before, after = list[str](), list[str]()
        if found.without:
            before.append(say(language, "list.no_words", words=found.without))
        if not found.rows:
            key = "list.few" if isinstance(action, More) else "list.none.filters" if conditions else "list.none"
            if wish.basis is not None and not conditions:
                key = "similar.none"
            title = "" if wish.basis is None else titled(language, wish.basis.title)
            return Outcome((*before, say(language, key, filters=conditions, title=title)))
        before.append(_heading(wish, language))
        if all(row.source == "popularity" for row in found.rows):
            after.append(say(language, "source.popularity"))
        if len(found.rows) < (wish.k or self.settings.assistant.k):
            after.append(say(language, "list.few"))
        if conditions:
            after.append(say(language, "list.filters", filters=conditions))
        facts = self.knowledge.of_items([row.ref for row in found.rows[:_EXPLAINED]]) if self.wording else ()
        return Outcome(tuple(before), found.rows, facts, found.rows[0].title, tuple(after))

    def _wish(self, action: Recommend | Refine | More | Search | Similar, dialogue: Dialogue) -> Wish:
        """Return what an action wishes for; what is relative is settled by what is shown now, or by the basis."""
        now = dialogue.wish
        match action:
            case Recommend():
                return Wish(self._settled(action.filters, dialogue.shown), k=action.k, at=action.at or "")
            case Refine():
                basis = action.basis
                kept = () if basis is not None and basis != now.basis and now.words else now.filters
                kept = tuple(one for one in kept if one not in action.drop)
                against = dialogue.shown if basis is None else (basis,)
                added = self._settled(action.add, against)
                filters = _joined(kept, added)
                return msgspec.structs.replace(
                    now, filters=filters, basis=basis or now.basis, words="" if basis is not None else now.words
                )
            case More():
                return msgspec.structs.replace(now, k=action.k or now.k)
            case Search():
                return Wish(self._settled(action.filters, dialogue.shown), words=action.words)
            case Similar():
                return Wish(self._settled(action.filters, (action.item,)), basis=action.item)

    def _settled(self, filters: Sequence[Filter], against: Sequence[ItemRef]) -> tuple[Filter, ...]:
        return settled(self.db, self.settings.graph, filters, against)

    def _explain(self, item: ItemRef | None, dialogue: Dialogue, language: Language) -> Outcome:
        items = dialogue.shown[:_EXPLAINED] if item is None else (item,)
        if not items:
            return Outcome((say(language, "unknown.nothing shown"),))
        dialogue.focus = item or dialogue.focus
        sentences, facts = list[str](), tuple[Fact, ...]()
        for ref in items:
            found = None if dialogue.user is None else self.reasons.explained(dialogue.user, ref.item)
            sentences += self._why(ref, found, dialogue, language)
            if found is not None and len(items) == 1:
                facts = gather(self.db, self.schema(), ref.item, found)
        return Outcome(tuple(sentences), facts=facts, about=items[0].title if facts else "")

    def _why(self, ref: ItemRef, found: Explanation | None, dialogue: Dialogue, language: Language) -> list[str]:
        title, wish = titled(language, ref.title), dialogue.wish
        listed_now = any(one.item == ref.item for one in dialogue.shown)
        said = []
        if listed_now and wish.basis is not None:
            said.append(say(language, "why.like", title=title, basis=titled(language, wish.basis.title)))
        words = [wish.words, *(one.words for one in wish.filters if isinstance(one, WordsFilter))]
        if listed_now and any(words):
            said.append(say(language, "why.words", title=title, words=", ".join(filter(None, words))))
        user = dialogue.user
        reasons = [] if user is None else self.reasons.sentences(user, ref.item, found, language)
        if reasons:
            between = say(language, "semicolon")
            said.append(say(language, "why", title=title, reasons=between.join(reasons)))
        elif not said:
            key = _SOURCES.get(dialogue.source_of(ref.item), "why.none") if listed_now else "why.none"
            said.append(say(language, key, title=title))
        return said

    def _ask(self, action: React, dialogue: Dialogue, language: Language, put: Put | None) -> Outcome:
        dialogue.focus = action.item
        title = titled(language, action.item.title)
        key, asked = f"react.{action.reaction}", action
        if dialogue.user is not None:
            if put is None:
                return Outcome((say(language, "react.may_not"),))
            if self._recording(action.reaction) is None:
                if action.reaction != "dislike" or self._recording("block") is None:
                    return Outcome((say(language, "react.cannot"),))
                key, asked = "react.dislike.block", React(action.item, "block")
        dialogue.pending = asked
        return Outcome((say(language, key, title=title),))

    def _confirm(
        self, yes: bool, pending: React | HandOver | None, dialogue: Dialogue, language: Language, put: Put | None
    ) -> Outcome:
        match pending:
            case None:
                return Outcome((say(language, "unknown.nothing pending"),))
            case HandOver():
                return self._hand_over(dialogue, language) if yes else Outcome((say(language, "not_handed_over"),))
            case React():
                return (
                    self._record(pending, dialogue, language, put) if yes else Outcome((say(language, "not_recorded"),))
                )

    def _record(self, wanted: React, dialogue: Dialogue, language: Language, put: Put | None) -> Outcome:
        title, item = titled(language, wanted.item.title), wanted.item.item
        if dialogue.user is None:
            dialogue.react(item, wanted.reaction)
            return Outcome((say(language, f"noted.{wanted.reaction}", title=title),))
        event = self._recording(wanted.reaction)
        if put is None or event is None:
            return Outcome((say(language, "react.may_not" if put is None else "react.cannot"),))
        outcome = put([Event(user=dialogue.user, type=event.type, item=item, value=event.value)])
        queued = [say(language, "queued")] if outcome == "queued" else []
        return Outcome((say(language, f"recorded.{wanted.reaction}", title=title), *queued))

    def _recording(self, reaction: Reaction) -> Recording | None:
        return recording(self.schema(), self.settings.recommend.blocked, reaction)

    def _hand_over(self, dialogue: Dialogue, language: Language) -> Outcome:
        wish = wish_in_words(dialogue.wish, language)
        summary = self.hand_over(dialogue, wish)
        said = [say(language, "hand_over", reference=summary.reference)]
        if wish:
            said.append(say(language, "hand_over.wish", wish=wish))
        return Outcome(tuple(said))

    def _unknown(self, action: Unknown, dialogue: Dialogue, language: Language) -> Outcome:
        titles = listed(language, [titled(language, one.title) for one in action.candidates[:_COMPARED]])
        n, words = str(len(dialogue.shown)), action.words
        said = [say(language, f"unknown.{action.reason}", words=words, titles=titles, n=n)]
        if dialogue.unclear >= _PATIENCE and dialogue.pending is None and action.reason == "not understood":
            return self._offer_person(dialogue, language)
        return Outcome(tuple(said))

    def _offer_person(self, dialogue: Dialogue, language: Language) -> Outcome:
        dialogue.pending = HandOver()
        return Outcome((say(language, "hand_over.ask"),))


def wish_in_words(wish: Wish, language: Language) -> str:
    """Return what somebody is looking for, in words; empty where nothing is known."""
    said = [] if wish.basis is None else [say(language, "wish.like", title=titled(language, wish.basis.title))]
    said += [say(language, "wish.search", words=wish.words)] if wish.words else []
    conditions = in_words(wish.filters, language)
    return say(language, "comma").join([*said, *([conditions] if conditions else [])])


def _heading(wish: Wish, language: Language) -> str:
    if wish.basis is not None:
        return say(language, "list.like", title=titled(language, wish.basis.title))
    return say(language, "list.search", words=wish.words) if wish.words else say(language, "list")


def _joined(held: Sequence[Filter], added: Sequence[Filter]) -> tuple[Filter, ...]:
    """Return conditions with further ones: what they contradict goes, and two ranges of a number become one."""
    found = list(held)
    for new in added:
        found = [one for one in found if one != new and not contradict(one, new)]
        for place, one in enumerate(found):
            if isinstance(one, NumberFilter) and isinstance(new, NumberFilter) and one.property == new.property:
                found[place] = _both(one, new)
                break
        else:
            found.append(new)
    return tuple(found[-_CONDITIONS:])


def _both(one: NumberFilter, other: NumberFilter) -> NumberFilter:
    least = [value for value in (one.at_least, other.at_least) if value is not None]
    most = [value for value in (one.at_most, other.at_most) if value is not None]
    return NumberFilter(one.property, max(least, default=None), min(most, default=None))


def titles_of(rows: Sequence[Row], language: Language) -> str:
    """Return a list as numbered lines."""
    return "\n".join(f"{row.rank}. {titled(language, row.title)}" for row in rows)
