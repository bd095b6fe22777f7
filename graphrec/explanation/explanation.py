"""An explanation of one score, with the names of what it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
    """

    item: Any
    title: str
    behaviours: tuple[str, ...] = ()
    strength: float | None = None
    relations: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Explanation:
    """What a score is made of.

    Attributes
    ----------
    user, item
        The ids.
    title
        The item's title, or its id as text.
    run_id
        The run whose score it is.
    score, rank
        The score; the item's place among all items that are new to the user, None if it is not new.
    n_items
        Number of items that are ranked.
    components
        Component → its part of the score. They sum to the score.
    behaviours
        The user's items with their parts of the score, the largest first.
    reasons
        The strongest paths.
    """

    user: Any
    item: Any
    title: str
    run_id: str
    score: float
    rank: int | None
    n_items: int
    components: Mapping[str, float]
    behaviours: Sequence[tuple[Via, float]]
    reasons: Sequence[NamedReason] = field(default_factory=tuple)

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return plain data, for JSON."""
        found = asdict(self)
        found["components"] = dict(self.components)
        found["behaviours"] = [asdict(via) | {"share": share} for via, share in self.behaviours]
        found["reasons"] = [asdict(reason) | {"sentence": reason.sentence(language)} for reason in self.reasons]
        return found
