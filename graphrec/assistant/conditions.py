"""Filters → the items that fit them, by one query with parameters alone; and filters in words."""

from __future__ import annotations

from collections.abc import Sequence

from graphrec.assistant.actions import Filter, ItemRef, Language
from graphrec.config.schema import GraphSchema
from graphrec.db.database import Database
from graphrec.serving.cypher_filter import Where


def settled(
    db: Database, schema: GraphSchema, filters: Sequence[Filter], shown: Sequence[ItemRef]
) -> tuple[Filter, ...]:
    """Return filters with every relative one replaced by numbers, from the values of the items shown (or the basis)."""
    raise NotImplementedError


def matching(schema: GraphSchema, filters: Sequence[Filter]) -> Where | None:
    """Return a filter for :class:`graphrec.serving.request.Request` (``where=(it,)``) that runs a query of ``cypher/``.

    Words (:class:`~graphrec.assistant.actions.WordsFilter`) are no predicate and left out; None: no filter is left.
    """
    raise NotImplementedError


def in_words(filters: Sequence[Filter], language: Language) -> str:
    """Return filters in words: "without Horror, year from 1990 to 1999"."""
    raise NotImplementedError
