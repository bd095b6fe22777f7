"""The few typed actions that words can become, and what they are made of.

What somebody says becomes exactly one :data:`Action`, whether rules, an encoder or a language model understands it.
Every id, name and property in an action is one that the graph has: words that name nothing become :class:`Unknown`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

#: An id as it is stored.
Id: TypeAlias = str | int
Language: TypeAlias = Literal["en", "zh"]
#: Most items that may be asked for at once.
MOST = 50


class ItemRef(msgspec.Struct, frozen=True):
    """An item that exists: its id as stored, and its title."""

    item: Id
    title: str


class NumberFilter(msgspec.Struct, frozen=True, tag="number"):
    """A numeric property of the item between two values, both included; None: no limit on that side."""

    property: str
    at_least: float | None = None
    at_most: float | None = None


class RelativeFilter(msgspec.Struct, frozen=True, tag="relative"):
    """Less or more of a numeric property than what was shown, or than the basis: "something shorter".

    :func:`graphrec.assistant.conditions.settled` makes a :class:`NumberFilter` of it.
    """

    property: str
    less: bool


class EntityFilter(msgspec.Struct, frozen=True, tag="entity"):
    """An entity (category, person, maker, …) that the item is tied to, or must not be (``has`` false)."""

    entity: Id
    name: str
    relation: str | None = None
    has: bool = True


class TextFilter(msgspec.Struct, frozen=True, tag="text"):
    """A text property of the item that has a value, or must not have it."""

    property: str
    value: str
    has: bool = True


class AnyFilter(msgspec.Struct, frozen=True, tag="any"):
    """One of several entities or texts: "by Kubrick or Scott"."""

    of: tuple[EntityFilter | TextFilter, ...]


class WordsFilter(msgspec.Struct, frozen=True, tag="words"):
    """What the item should be about, in words: compared by the text encoder, never a predicate."""

    words: str


Filter: TypeAlias = NumberFilter | RelativeFilter | EntityFilter | TextFilter | AnyFilter | WordsFilter


class Recommend(msgspec.Struct, frozen=True, tag="recommend"):
    """A new list for this person, with these filters alone; ``at``: a time as said ("tonight"), else None."""

    filters: tuple[Filter, ...] = ()
    k: Annotated[int, msgspec.Meta(ge=1, le=MOST)] | None = None
    at: str | None = None


class Refine(msgspec.Struct, frozen=True, tag="refine"):
    """The last request again with filters added and dropped.

    ``basis``: an item that the new list should be like ("the second, but from the nineties"); ``drop``: filters in
    force that no longer hold.
    """

    add: tuple[Filter, ...] = ()
    drop: tuple[Filter, ...] = ()
    basis: ItemRef | None = None


class More(msgspec.Struct, frozen=True, tag="more"):
    """The last request again, without what was shown already."""

    k: Annotated[int, msgspec.Meta(ge=1, le=MOST)] | None = None


class Explain(msgspec.Struct, frozen=True, tag="explain"):
    """Why an item is recommended; None: why this list."""

    item: ItemRef | None = None


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """How items differ: two or more."""

    items: tuple[ItemRef, ...]


class LookUp(msgspec.Struct, frozen=True, tag="look_up"):
    """A fact of an item: a property or relation of the graph by its name there; None: all that is known."""

    item: ItemRef
    about: str | None = None


class Search(msgspec.Struct, frozen=True, tag="search"):
    """Items that fit words, for anybody, with filters."""

    words: str
    filters: tuple[Filter, ...] = ()


class Similar(msgspec.Struct, frozen=True, tag="similar"):
    """Items like one, with filters: "like the first, but not horror"."""

    item: ItemRef
    filters: tuple[Filter, ...] = ()


class React(msgspec.Struct, frozen=True, tag="react"):
    """A like, a dislike or a block of an item; recorded only after a :class:`Confirm`."""

    item: ItemRef
    reaction: Literal["like", "dislike", "block"]


class Confirm(msgspec.Struct, frozen=True, tag="confirm"):
    """Yes or no to what the assistant has just asked; only where something is pending."""

    yes: bool


class HandOver(msgspec.Struct, frozen=True, tag="hand_over"):
    """A person, please."""


class Reset(msgspec.Struct, frozen=True, tag="reset"):
    """Start again: no list, no filters."""


class Help(msgspec.Struct, frozen=True, tag="help"):
    """What can you do?."""


class Greet(msgspec.Struct, frozen=True, tag="greet"):
    """A courtesy alone: hello, thanks, goodbye."""

    kind: Literal["hello", "thanks", "bye"]


#: Why words become no other action.
Reason: TypeAlias = Literal[
    "not understood",  # nothing fits
    "no such item",  # a title that no item has; ``words`` has it
    "several items",  # a title that several items have; ``candidates`` has them
    "not in the list",  # "the ninth" of five
    "nothing shown",  # "that one" without a list
    "no such fact",  # a property or relation that the graph does not have; ``words`` has it
    "nothing pending",  # a yes or no to no question
]


class Unknown(msgspec.Struct, frozen=True, tag="unknown"):
    """Words that the assistant does not understand, or that name nothing; it says so."""

    reason: Reason = "not understood"
    words: str = ""
    candidates: tuple[ItemRef, ...] = ()


Action: TypeAlias = (
    Recommend
    | Refine
    | More
    | Explain
    | Compare
    | LookUp
    | Search
    | Similar
    | React
    | Confirm
    | HandOver
    | Reset
    | Help
    | Greet
    | Unknown
)


class Context(msgspec.Struct, frozen=True):
    """What understanding needs to know of a dialogue.

    Attributes
    ----------
    shown
        The last list, in its order.
    focus
        The item that was last talked about alone ("it"), where it is not the first of the list.
    filters
        Filters in force.
    pending
        Whether a question of the assistant waits for yes or no.
    language
        Of the dialogue so far; None before the first words.
    """

    shown: tuple[ItemRef, ...] = ()
    focus: ItemRef | None = None
    filters: tuple[Filter, ...] = ()
    pending: bool = False
    language: Language | None = None


class Understood(msgspec.Struct, frozen=True):
    """What words became.

    Attributes
    ----------
    action
        The action.
    how
        ``rules``, ``encoder NAME`` or ``model NAME``.
    confidence
        From 0 to 1; 1 for rules that fit the whole utterance.
    language
        Of the utterance; that of the dialogue where the letters do not tell.
    unread
        Words of a wish that name nothing in the graph, to be said to the person.
    note
        Why a better way was not taken, such as a model that failed; empty: it was.
    """

    action: Action
    how: str
    confidence: float
    language: Language
    unread: tuple[str, ...] = ()
    note: str = ""
