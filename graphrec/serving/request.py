"""What is asked for beside the published links of users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphrec.serving.cypher_filter import Where


@dataclass(frozen=True)
class Request:
    """A filter, and what counts beside what users have done.

    Attributes
    ----------
    where
        A filter.
    likes
        Ids of items that count as done, as they are stored.
    searches
        Texts that are looked for.
    now
        Whether what users have done since the run was published counts too.
    """

    where: Where | None = None
    likes: Sequence[Any] = ()
    searches: Sequence[str] = ()
    now: bool = False

    def __bool__(self) -> bool:
        return self.where is not None or bool(self.likes or self.searches) or self.now
