"""An explanation of one score, with the names of what it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from graphrec.explanation.named_reason import Language, NamedReason, Via


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
    past_items
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
    past_items: Sequence[tuple[Via, float]]
    reasons: Sequence[NamedReason] = field(default_factory=tuple)

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return plain data, for JSON."""
        found = asdict(self)
        found["components"] = dict(self.components)
        found["past_items"] = [asdict(via) | {"share": share} for via, share in self.past_items]
        found["reasons"] = [asdict(reason) | {"sentence": reason.sentence(language)} for reason in self.reasons]
        return found
