"""Reasons with the names of what they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphrec.explanation.reasons import Kind
from graphrec.explanation.sentences import Language, sentence


@dataclass(frozen=True)
class Via:
    """An item of the user that carries a reason.

    Attributes
    ----------
    item, title
        Its id, and its title if known, else the id as text.
    behaviours
        The types of what the user did with it, such as ``RATED``.
    strength
        The stored strength, such as a rating; None if there is none, or no database was asked.
    relations
        The types of the edges between it and what it has in common with the scored item.
    share
        Its part of the share of the reason.
    """

    item: Any
    title: str
    behaviours: tuple[str, ...] = ()
    strength: float | None = None
    relations: tuple[str, ...] = ()
    share: float = 0.0


@dataclass(frozen=True)
class NamedReason:
    """A reason: see :class:`graphrec.explanation.reasons.Reason`.

    Attributes
    ----------
    kind, share, count, modality
        As there.
    via
        The user's items that carry it, strongest first.
    entity, name
        Id and name of what both items have in common; None where there is none.
    third
        Whether that is an item; else it is an entity.
    relations
        The types of the edges between the scored item and that, or the user's item for a ``link``.
    exists
        Whether every edge of the path was in the database when it was asked; None if it was not.
    """

    kind: Kind
    share: float
    via: tuple[Via, ...]
    count: int
    entity: Any = None
    name: str | None = None
    third: bool = False
    relations: tuple[str, ...] = ()
    modality: str = ""
    exists: bool | None = None

    def sentence(self, language: Language = "en") -> str:
        """Return the reason as a sentence."""
        return sentence(self, language)
