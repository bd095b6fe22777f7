"""The ``RECOMMENDED`` links of a run: each user's best items.

Exact ranking in blocks of bounded memory, without the user's own items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from graphrec.common.batches import BLOCK, ahead, in_blocks
from graphrec.common.console import progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch import Tensor

    from graphrec.publishing.link_reasons import LinkReasons
    from graphrec.publishing.writer import UserLinks, Writer


def top_k(
    score: Callable[[Tensor], Tensor],
    users: Tensor,
    seen: csr_array,
    k: int,
    *,
    allowed: Tensor | None = None,
    block: int = BLOCK,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the best items of some users, one block of users at a time.

    Parameters
    ----------
    score
        Users, int64 ``[b]`` → scores of all items, float32 ``[b, n_items]``; the array is overwritten.
    users
        int64 ``[n]``.
    seen
        ``[n_users, n_items]``; stored entries are left out.
    k
        Maximum items per user.
    allowed
        bool ``[n_items]``; other items are left out.
    block
        Maximum number of scores in memory.

    Yields
    ------
    ids, scores
        int64 and float32 ``[b, min(k, n_items)]``, best first; a score of −∞ means that no item was left.
    """
    n_items = seen.shape[1]
    for part in in_blocks(users, n_items, block):
        scores = score(part)
        rows, columns = seen[part.numpy()].nonzero()
        scores[torch.from_numpy(rows.astype(np.int64)), torch.from_numpy(columns.astype(np.int64))] = -torch.inf
        if allowed is not None:
            scores[:, ~allowed] = -torch.inf
        best = scores.topk(min(k, n_items))
        yield best.indices, best.values


def write_links(
    writer: Writer,
    ranked: Iterator[tuple[Tensor, Tensor]],
    users: list[str],
    items: list[str | None],
    batch: int,
    reasons: Callable[[int, Tensor, Tensor], Iterator[list[LinkReasons]]] | None = None,
) -> None:
    """Write the links of ``users``; ``ranked`` has them in the same order.

    ``reasons``: place of the first user of a block, and a block of ``ranked`` → the reasons of each user's links.
    """
    with progress() as bar:
        task = bar.add_task("links", total=len(users))
        for rows in ahead(_rows(ranked, users, items, batch, reasons)):
            writer.links(rows)
            bar.advance(task, len(rows))


def _rows(
    ranked: Iterator[tuple[Tensor, Tensor]],
    users: list[str],
    items: list[str | None],
    batch: int,
    reasons: Callable[[int, Tensor, Tensor], Iterator[list[LinkReasons]]] | None,
) -> Iterator[list[UserLinks]]:
    """Yield what is written at once; parameters as in :func:`write_links`."""
    rows: list[UserLinks] = []
    done = 0
    for ids, scores in ranked:
        said = None if reasons is None else reasons(done, ids, scores)
        for best, values in zip(ids.tolist(), scores.tolist(), strict=True):
            pairs = [(str(items[i]), score) for i, score in zip(best, values, strict=True) if score > -np.inf]
            links = users[done], [node for node, _ in pairs], [score for _, score in pairs]
            rows.append(links if said is None else (*links, next(said)))
            done += 1
            if len(rows) == batch:
                yield rows
                rows = []
    if rows:
        yield rows
