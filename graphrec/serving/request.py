"""What a caller requests beyond the published links of users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphrec.graph.situation import ANY, Situation

if TYPE_CHECKING:
    from graphrec.serving.cypher_filter import Where


@dataclass(frozen=True)
class Event:
    """Something that an anonymous visitor did in this session.

    Attributes
    ----------
    kind
        Type of the behaviour, as the published run's mapping names it.
    item
        Id of the item, as stored.
    at
        Epoch seconds; None: now, after the events before it.
    strength
        As the mapping's ``strength``; None: none is given.
    """

    kind: str
    item: Any
    at: int | None = None
    strength: Any = None


@dataclass(frozen=True)
class Request:
    """Filters, and interactions to count in addition to the users' own.

    Attributes
    ----------
    where
        Filters; an item must match all of them.
    likes
        Ids of items that count as interactions, as stored.
    searches
        Search texts.
    now
        Whether the users' interactions since the run was published count too.
    exclude
        Ids of items to leave out, as stored.
    category
        Id or name of an entity; only items that knowledge ties to it are recommended.
    events
        What an anonymous visitor did, the oldest first.
    step_back
        Ids of items that come after all others, as they were shown often without a reaction.
    found
        Item, as stored → cosine with what was searched for: only these items are ranked, what the user has done among
        them; those that are clearly near come first (:mod:`graphrec.serving.rules`).
    situation
        The time and the circumstances that the list is for; they count where the run has learned from contexts.
    """

    where: Sequence[Where] = ()
    likes: Sequence[Any] = ()
    searches: Sequence[str] = ()
    now: bool = False
    exclude: Sequence[Any] = ()
    category: Any = None
    events: Sequence[Event] = ()
    step_back: Sequence[Any] = ()
    found: Mapping[Any, float] = field(default_factory=dict)
    situation: Situation = ANY

    @property
    def folds(self) -> bool:
        """Whether users have to be folded in, known ones too."""
        return self.now or bool(self.likes or self.searches or self.events)

    def __bool__(self) -> bool:
        more = self.where or self.exclude or self.step_back or self.situation or self.found
        return self.folds or bool(more) or self.category is not None
