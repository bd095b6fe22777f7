"""The published ``SIMILAR`` edges of a run: the strongest outgoing edges of each item.

``(j)-[:SIMILAR {rank, weight, runId}]->(i)``: ``weight`` is ``B[j, i]`` of :mod:`graphrec.runs.run`, what item ``j``
adds to the score of ``i`` for a user whose only interaction is ``j``. Only positive weights are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from graphrec.common.console import progress

if TYPE_CHECKING:
    from scipy.sparse import csr_array
    from torch import Tensor

    from graphrec.publishing.writer import Writer


class CommonUsers:
    """Says which pairs of items enough users have, so that an edge tells nothing of one of them.

    Parameters
    ----------
    done
        csr ``[n_users, n_items]``: everyone's target behaviour.
    least
        Fewest users.
    """

    def __init__(self, done: csr_array, least: int) -> None:
        self._done, self._by_item, self._least = done, type(done)(done.T), least

    def __call__(self, item: int) -> np.ndarray:
        """Return the items that enough users have beside one, bool ``[n_items]``."""
        both = (self._by_item[[item]].sign() @ self._done.sign()).toarray()[0]
        return np.asarray(both >= self._least)


def strongest(
    edges: Tensor, k: int, there: Sequence[bool], common: CommonUsers | None = None
) -> Iterator[tuple[int, list[int], list[float]]]:
    """Yield the strongest outgoing edges of each item; items without any are left out.

    Parameters
    ----------
    edges
        float32 ``[n_items, n_items]``, dense or CSR; row ``j``: what an interaction with ``j`` adds to each item's
        score.
    k
        Maximum number per item.
    there
        ``[n_items]``: which items exist, and may have edges.
    common
        Pairs that enough users have; None: any pair may have an edge.

    Yields
    ------
    item, others, weights
        The item, and the targets of its edges, the strongest first (then in node order); weights are positive.
    """
    allowed = np.asarray(there, bool)
    for item in np.flatnonzero(allowed).tolist():
        others, weights = _row(edges, item)
        kept = (weights > 0) & allowed[others] & (others != item)
        if common is not None:
            kept &= common(item)[others]
        others, weights = others[kept], weights[kept]
        best = np.argsort(-weights, kind="stable")[:k]
        if len(best):
            yield item, others[best].tolist(), weights[best].tolist()


def _row(edges: Tensor, item: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the columns, int64, and the values, float32, of one row."""
    if edges.layout == torch.strided:
        return np.arange(edges.shape[1]), edges[item].numpy()
    start, end = edges.crow_indices()[item : item + 2].tolist()
    return edges.col_indices()[start:end].numpy(), edges.values()[start:end].numpy()


def write_similar(
    writer: Writer,
    edges: Tensor,
    nodes: Sequence[str | None],
    k: int,
    batch: int,
    common: CommonUsers | None = None,
) -> None:
    """Write the edges of a run that is being published.

    Parameters
    ----------
    writer
        Of the run being published.
    edges, k, common
        See :func:`strongest`.
    nodes
        Element ids of the run's items, None where deleted.
    batch
        Items per transaction.
    """
    rows: list[tuple[str, list[str], list[float]]] = []
    there = [node is not None for node in nodes]
    with progress() as bar:
        for item, others, weights in bar.track(
            strongest(edges, k, there, common), total=sum(there), description="SIMILAR"
        ):
            rows.append((str(nodes[item]), [str(nodes[other]) for other in others], weights))
            if len(rows) == batch:
                writer.similar(rows)
                rows = []
    if rows:
        writer.similar(rows)
