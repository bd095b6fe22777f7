"""The reasons that publishing stores with links: see ``docs/graph.md``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch

from graphrec.explanation.attribution import Attribution
from graphrec.explanation.reasons import VIA, Reason, Reasons
from graphrec.publishing.link_reasons import LinkReasons

if TYPE_CHECKING:
    from torch import Tensor

    from graphrec.publishing.registry import Sizes
    from graphrec.runs.run import Run


class StoredReasons:
    """Finds the reasons of links, as they are stored.

    Parameters
    ----------
    run
        The run to publish.
    items
        Element ids of the run's items, None where deleted: reasons name none of these.
    sizes
        How much to publish.
    """

    def __init__(self, run: Run, items: Sequence[str | None], sizes: Sizes) -> None:
        self._reasons = Reasons(Attribution(run), sizes.reason_users)
        self._k = sizes.reasons
        self._items = [None if node is None else str(key) for node, key in zip(items, run.items, strict=True)]
        self._entities = run.entities

    def of_users(self, users: Tensor, ids: Tensor, scores: Tensor) -> Iterator[list[LinkReasons]]:
        """Yield the reasons of each user's links.

        Parameters
        ----------
        users
            int64 ``[b]``.
        ids, scores
            ``[b, k]``: their items, and the scores, -∞ where there is no link.
        """
        lists = [found[score > -torch.inf] for found, score in zip(ids, scores, strict=True)]
        for links in self._reasons.of_users(users, lists, self._k):
            yield [self._stored(reasons) for reasons in links]

    def _stored(self, reasons: list[Reason]) -> LinkReasons:
        kinds, shares, items, common = [], [], [], []
        for reason in reasons:
            via = [key for place in reason.via if (key := self._items[place]) is not None]
            kind, shared = self._common(reason)
            if via and shared is not None:
                kinds.append(kind)
                shares.append(reason.share)
                items += via + [""] * (VIA - len(via))
                common.append(shared)
        return (kinds, shares, items, common) if kinds else None

    def _common(self, reason: Reason) -> tuple[str, str | None]:
        """Return the kind of a reason, and what both items have in common: an id, a modality, or ``""``."""
        if reason.related >= 0:
            return "related", self._items[reason.related]
        if reason.entity >= 0:
            return reason.kind, self._entities[reason.entity]
        return reason.kind, reason.modality
