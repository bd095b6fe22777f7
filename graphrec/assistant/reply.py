"""What the assistant answers."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from graphrec.assistant.actions import Action, Id, ItemRef, Language
from graphrec.grounding.fact import Fact
from graphrec.language.templates import TEMPLATE


class Row(msgspec.Struct, frozen=True):
    """An item of a list; ``source``: what its place rests on (``model``, ``content``, …, ``similar``, ``search``)."""

    rank: int
    item: Id
    title: str
    score: float
    source: str

    @property
    def ref(self) -> ItemRef:
        """The item alone."""
        return ItemRef(self.item, self.title)


class Outcome(msgspec.Struct, frozen=True):
    """What an action has brought about.

    Attributes
    ----------
    sentences
        The answer by templates; of a list, what stands before and after it.
    rows
        The list, if there is one.
    facts
        What the answer rests on.
    about
        The title of the item that it is about; empty: of none.
    after
        Sentences after the list.
    remarks
        Sentences before all others.
    """

    sentences: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    facts: tuple[Fact, ...] = ()
    about: str = ""
    after: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class Reply(msgspec.Struct, frozen=True):
    """An answer.

    Attributes
    ----------
    conversation
        What the conversation is continued by.
    language
        Of the answer.
    text
        The answer, with the titles of its list.
    action, understood, confidence
        What the words became, how (``rules``, ``encoder NAME``, ``model NAME``), and how sure that is.
    said, heard
        The words that are answered; how they were heard, of a recording.
    rows, facts
        The list, and what the answer rests on.
    asks
        Whether it waits for a yes or a no.
    conditions
        The conditions in force, in words.
    how, why
        Who worded it: ``template`` or ``model NAME``; why a template took the model's place.
    """

    conversation: str
    language: Language
    text: str
    action: Action
    understood: str
    confidence: float
    said: str
    heard: str = ""
    rows: tuple[Row, ...] = ()
    facts: tuple[Fact, ...] = ()
    asks: Literal["", "confirm"] = ""
    conditions: str = ""
    how: str = TEMPLATE
    why: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found
