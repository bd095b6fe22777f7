"""The state of a conversation: what was wished for and shown, and what waits for a yes."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Literal, TypeAlias

import msgspec

from graphrec.assistant.actions import Context, Filter, HandOver, Id, ItemRef, Language, React

#: Turns that a summary for a person has, and characters of each.
LINES, LINE = 20, 300
#: Items that are remembered as shown, and reactions of a visitor.
OFFERED, REACTIONS = 500, 100
Speaker: TypeAlias = Literal["person", "assistant"]
Reaction: TypeAlias = Literal["like", "dislike", "block"]


class Wish(msgspec.Struct, frozen=True):
    """What the present list is of.

    Attributes
    ----------
    filters
        All of them hold; none is relative.
    basis
        The item that the list is like; None: it is of this person's taste.
    words
        What was searched for, for anybody; empty: nothing was.
    k
        Items asked for; None: as many as usual.
    at
        The time that it is for, as it was said; empty: none was.
    """

    filters: tuple[Filter, ...] = ()
    basis: ItemRef | None = None
    words: str = ""
    k: int | None = None
    at: str = ""


class Line(msgspec.Struct, frozen=True):
    """What was said."""

    who: Speaker
    text: str


class Dialogue(msgspec.Struct):
    """A conversation.

    Attributes
    ----------
    conversation
        What it is continued by; who knows it may do so.
    user
        Id as stored, or as given where the graph does not have the user yet; None: a visitor.
    language, turns
        Of the last words, and how many there were.
    wish, shown, sources, focus
        The present wish, its list, what its places rest on, and the item that was last spoken of alone.
    offered
        Items that were shown for this wish.
    pending
        What waits for a yes.
    liked, avoided
        Items of which a visitor has said so; of users, Neo4j knows.
    unclear
        Turns in a row that were not understood.
    lines
        The last turns.
    version
        How often it has been kept.
    """

    conversation: str
    user: Id | None = None
    language: Language | None = None
    turns: int = 0
    wish: Wish = Wish()
    shown: tuple[ItemRef, ...] = ()
    sources: tuple[str, ...] = ()
    focus: ItemRef | None = None
    offered: tuple[Id, ...] = ()
    pending: React | HandOver | None = None
    liked: tuple[Id, ...] = ()
    avoided: tuple[Id, ...] = ()
    unclear: int = 0
    lines: tuple[Line, ...] = ()
    version: int = 0

    @classmethod
    def begin(cls, user: Id | None) -> Dialogue:
        """Return a new conversation."""
        return cls(secrets.token_urlsafe(18), user)

    @property
    def context(self) -> Context:
        """What understanding needs to know."""
        return Context(self.shown, self.focus, self.wish.filters, self.pending is not None, self.language)

    def show(self, wish: Wish, items: Sequence[ItemRef], sources: Sequence[str], *, further: bool) -> None:
        """Note a list, and what each place rests on; ``further``: it continues the present one."""
        before = self.offered if further else ()
        self.wish, self.shown, self.sources, self.focus = wish, tuple(items), tuple(sources), None
        self.offered = (*before, *(one.item for one in items))[-OFFERED:]

    def source_of(self, item: Id) -> str:
        """Return what the place of an item of the present list rests on."""
        return next((source for ref, source in zip(self.shown, self.sources, strict=False) if ref.item == item), "")

    def react(self, item: Id, reaction: Reaction) -> None:
        """Note what a visitor likes, or wants to see no more."""
        liked = [one for one in self.liked if one != item]
        avoided = [one for one in self.avoided if one != item]
        (liked if reaction == "like" else avoided).append(item)
        self.liked, self.avoided = tuple(liked[-REACTIONS:]), tuple(avoided[-REACTIONS:])

    def restart(self) -> None:
        """Forget wish and list."""
        self.wish, self.shown, self.sources, self.offered = Wish(), (), (), ()
        self.focus = self.pending = None

    def note(self, who: Speaker, text: str) -> None:
        """Note what was said, for a person who takes over."""
        self.lines = (*self.lines, Line(who, text[:LINE]))[-LINES:]
