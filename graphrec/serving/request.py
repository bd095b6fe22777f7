"""What a caller requests beyond the published links of users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrec.serving.cypher_filter import Where


@dataclass(frozen=True)
class Request:
    """A filter, and interactions to count in addition to the users' own.

    Attributes
    ----------
    where
        A filter.
    likes
        Ids of items that count as interactions, as stored.
    searches
        Search texts.
    now
        Whether the users' interactions since the run was published count too.
    """

    where: Where | None = None
    likes: Sequence[Any] = ()
    searches: Sequence[str] = ()
    now: bool = False

    def __bool__(self) -> bool:
        return self.where is not None or bool(self.likes or self.searches) or self.now
