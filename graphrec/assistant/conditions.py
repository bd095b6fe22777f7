"""Filters → the items that fit them, by queries with parameters alone; and filters in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from graphrec.assistant.actions import (
    AnyFilter,
    EntityFilter,
    Filter,
    ItemRef,
    Language,
    NumberFilter,
    RelativeFilter,
    TextFilter,
    WordsFilter,
)
from graphrec.config.ids import stored_forms
from graphrec.config.schema import GraphSchema
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.vocabulary import parts
from graphrec.serving.cypher_filter import Where


@dataclass(frozen=True)
class Fitting(Where):
    """Filters of a conversation in the place of a predicate; its text is constant, values are parameters.

    ``filters``: none of them is relative, or of words.
    """

    filters: tuple[Filter, ...] = ()

    def items(self, db: Database, schema: GraphSchema, user: Any) -> list[Any]:
        """Return the ids of the items that fit all filters."""
        numbers = [one for one in self.filters if isinstance(one, NumberFilter)]
        texts = [one for one in self.filters if isinstance(one, TextFilter)]
        tied = [one for one in self.filters if isinstance(one, EntityFilter)]
        fitting: set[Any] | None = None
        if numbers or texts or not any(one.has for one in tied):
            fitting = _with_values(db, schema, numbers, texts)
        # What must be there comes first, so that the sets get small.
        for one in sorted(tied, key=lambda one: not one.has):
            some = _tied(db, schema, one)
            fitting = some if fitting is None else fitting & some if one.has else fitting - some
        for either in (one for one in self.filters if isinstance(one, AnyFilter)):
            some = set().union(*(set(Fitting("true", filters=(one,)).items(db, schema, user)) for one in either.of))
            fitting = some if fitting is None else fitting & some
        return sorted(fitting or (), key=str)


def matching(schema: GraphSchema, filters: Sequence[Filter]) -> Where | None:
    """Return filters for :class:`graphrec.serving.request.Request` (``where=(it,)``).

    Words (:class:`~graphrec.assistant.actions.WordsFilter`) are no predicate and left out; None: no filter is left.

    Raises
    ------
    ValueError
        A filter is relative; :func:`settled` makes numbers of it.
    """
    kept = tuple(one for one in filters if not isinstance(one, WordsFilter))
    if any(isinstance(one, RelativeFilter) for one in kept):
        raise ValueError("a relative filter: settle it first")
    if not kept:
        return None
    return Fitting("true", in_words(kept, "en"), {"filters": kept}, checked=True, filters=kept)


def settled(
    db: Database, schema: GraphSchema, filters: Sequence[Filter], shown: Sequence[ItemRef]
) -> tuple[Filter, ...]:
    """Return filters with every relative one replaced by numbers.

    Parameters
    ----------
    shown
        What "shorter" compares with: one item, or a list, whose middle value then counts. Without any item that has
        the property, the shortest and longest quarter of all items are "short" and "long".
    """
    return tuple(_settled(db, schema, one, shown) if isinstance(one, RelativeFilter) else one for one in filters)


def in_words(filters: Sequence[Filter], language: Language) -> str:
    """Return filters in words: "not Horror, year 1990 to 1999".

    >>> in_words([EntityFilter("g", "Horror", has=False), NumberFilter("year", 1990, 1999)], "en")
    'not Horror, year 1990 to 1999'
    """
    return (", " if language == "en" else "、").join(_worded(one, language) for one in filters)


def _with_values(
    db: Database, schema: GraphSchema, numbers: Sequence[NumberFilter], texts: Sequence[TextFilter]
) -> set[Any]:
    rows = db.read(
        queries.load("query/items_fitting", schema),
        numbers=[[one.property, one.at_least, one.at_most] for one in numbers],
        texts=[[one.property, one.value, one.has] for one in texts],
    )
    return {row["item"] for row in rows}


def _tied(db: Database, schema: GraphSchema, one: EntityFilter) -> set[Any]:
    knowledge = None if schema.knowledge is None else list(schema.knowledge)
    types = knowledge if one.relation is None else [one.relation]
    rows = db.read(queries.load("query/category", schema), keys=stored_forms(one.entity), knowledge=types)
    return {row["item"] for row in rows if row["item"] is not None}


def _settled(db: Database, schema: GraphSchema, one: RelativeFilter, shown: Sequence[ItemRef]) -> NumberFilter:
    rows = db.read(queries.load("query/values_of", schema), property=one.property, items=[item.item for item in shown])
    row = rows[0]
    if row["shown"]:
        value = median_low(row["shown"])
        return _beyond(one, value, row["whole"])
    return NumberFilter(one.property, *((None, row["low"]) if one.less else (row["high"], None)))


def _beyond(one: RelativeFilter, value: float, whole: bool) -> NumberFilter:
    if one.less:
        return NumberFilter(one.property, None, value - 1 if whole else math.nextafter(value, -math.inf))
    return NumberFilter(one.property, value + 1 if whole else math.nextafter(value, math.inf), None)


def _worded(one: Filter, language: Language) -> str:
    english = language == "en"
    match one:
        case EntityFilter(name=name, has=has):
            return name if has else f"{'not ' if english else '不含'}{name}"
        case TextFilter(name, value, has):
            return f"{_named(name)} {'' if has else 'not ' if english else '不是'}{value}"
        case RelativeFilter(name, less):
            return (
                f"{'less' if less else 'more'} {_named(name)}"
                if english
                else f"{_named(name)}更{'小' if less else '大'}"
            )
        case AnyFilter(some):
            return (" or " if english else "或").join(_worded(each, language) for each in some)
        case WordsFilter(words):
            return f"about {words}" if english else f"关于{words}"
        case NumberFilter(name, low, high):
            return f"{_named(name)} {_range(low, high, english)}"


def _range(low: float | None, high: float | None, english: bool) -> str:
    least, most = (None if value is None else f"{value:.6g}" for value in (low, high))
    if least == most and least is not None:
        return least
    if least is None:
        return f"at most {most}" if english else f"不超过 {most}"
    if most is None:
        return f"at least {least}" if english else f"不低于 {least}"
    return f"{least} {'to' if english else '至'} {most}"


def _named(name: str) -> str:
    return " ".join(parts(name)) or name
