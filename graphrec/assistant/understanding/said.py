"""What a language model may say: a few actions in words alone, bounded in length, so that any output is one of them."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from graphrec.assistant.actions import MOST, Greet, HandOver, Help, More, Reset

Words: TypeAlias = Annotated[str, msgspec.Meta(max_length=80)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=MOST)]


class SaidName(msgspec.Struct, tag="name"):
    """A category, person, country and so on; ``wanted`` false: without it."""

    name: Words
    wanted: bool = True


class SaidEither(msgspec.Struct, tag="either"):
    """One of several categories, people and so on."""

    names: Annotated[list[Words], msgspec.Meta(min_length=2, max_length=4)]


class SaidNumber(msgspec.Struct, tag="number"):
    """A numeric property between two values."""

    property: Words
    at_least: float | None = None
    at_most: float | None = None


class SaidRelative(msgspec.Struct, tag="relative"):
    """Less or more of a numeric property than what is shown."""

    property: Words
    less: bool


class SaidTopic(msgspec.Struct, tag="topic"):
    """What it should be about."""

    words: Words


SaidFilter: TypeAlias = SaidName | SaidEither | SaidNumber | SaidRelative | SaidTopic
SaidFilters: TypeAlias = Annotated[list[SaidFilter], msgspec.Meta(max_length=5)]


class SaidRecommend(msgspec.Struct, tag="recommend"):
    """A new list."""

    filters: SaidFilters
    k: Count | None = None
    at: Words | None = None


class SaidRefine(msgspec.Struct, tag="refine"):
    """The last list with filters added and dropped, perhaps like one of its items."""

    add: SaidFilters
    drop: Annotated[list[Words], msgspec.Meta(max_length=5)]
    basis: Words | None = None


class SaidSearch(msgspec.Struct, tag="search"):
    """Items that fit words."""

    words: Words
    filters: SaidFilters


class SaidSimilar(msgspec.Struct, tag="similar"):
    """Items like one."""

    item: Words
    filters: SaidFilters


class SaidExplain(msgspec.Struct, tag="explain"):
    """Why an item, or the list, is recommended."""

    item: Words | None = None


class SaidCompare(msgspec.Struct, tag="compare"):
    """How items differ."""

    items: Annotated[list[Words], msgspec.Meta(min_length=2, max_length=4)]


class SaidLookUp(msgspec.Struct, tag="look_up"):
    """A fact of an item."""

    item: Words
    about: Words | None = None


class SaidReact(msgspec.Struct, tag="react"):
    """A like, dislike or block of an item."""

    item: Words
    reaction: Literal["like", "dislike", "block"]


class SaidUnknown(msgspec.Struct, tag="unknown"):
    """None of these, or not about the items at all."""


Said: TypeAlias = (
    SaidRecommend
    | SaidRefine
    | SaidSearch
    | SaidSimilar
    | SaidExplain
    | SaidCompare
    | SaidLookUp
    | SaidReact
    | More
    | HandOver
    | Reset
    | Help
    | Greet
    | SaidUnknown
)
