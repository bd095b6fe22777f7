"""One user's scores of all items, in NumPy.

A list under a filter is of one user. The import of PyTorch takes longer than all the rest of it, and the arrays of
other users need not be read. The scores are those of :meth:`graphrec.runs.run.Run.scores`, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import RECENCY_FLOOR

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class UserScores:
    """Scores by what a run holds for everybody whom it knows.

    Parameters
    ----------
    open_arrays
        Opens the file of arrays of that name, as :meth:`graphrec.runs.run.Run.open_arrays`.
    behaviours
        The run's types of behaviour, in the order of the profiles' columns.
    negatives
        Those of them that say what is not wanted.
    """

    def __init__(
        self,
        open_arrays: Callable[[str], AbstractContextManager[Any]],
        behaviours: Sequence[str],
        negatives: Collection[str],
    ) -> None:
        self._open_arrays = open_arrays
        self._unwanted = [column for column, kind in enumerate(behaviours) if kind in negatives]

    def scores(self, place: int) -> Floats:
        """Return a user's scores of all items, float32 ``[n_items]``; their own items are not left out.

        Parameters
        ----------
        place
            The user's place in the run.

        Raises
        ------
        InputError
            The run is damaged.
        """
        with self._open_arrays("embeddings") as arrays:
            names = set(arrays.keys())
            scores: Floats = self._item @ arrays.get_slice("all.user")[place : place + 1][0]
            if names.isdisjoint(("similar", "similar.values")):
                return scores
            start, end = _bounds(arrays, "all.indptr", place)
            items = _part(arrays, "all.indices", start, end)
            weight = np.ones(len(items), np.float32)
            recency = float(arrays.get_tensor("recency")) if "recency" in names else 0.0
            if recency and "all.age" in names:
                age = _part(arrays, "all.age", start, end).astype(np.float32)
                weight = RECENCY_FLOOR + (1 - RECENCY_FLOOR) * np.exp(-age / np.float32(recency))
            alpha = float(arrays.get_tensor("similar.alpha"))
            weight = weight * np.float32(max(float((weight**2).sum()), 1e-12) ** -alpha)
            sent = np.zeros_like(scores)
            for item, share in zip(items.tolist(), weight.tolist(), strict=True):
                if "similar" in names:
                    sent += np.float32(share) * arrays.get_slice("similar")[item : item + 1][0]
                else:
                    first, last = _bounds(arrays, "similar.indptr", item)
                    targets = _part(arrays, "similar.indices", first, last)
                    sent[targets] += np.float32(share) * _part(arrays, "similar.values", first, last)
            return scores + (sent * arrays.get_tensor("similar.spread") if "similar.spread" in names else sent)

    def seen(self, place: int) -> Ints:
        """Return the places of what is not recommended to a user again, int64 ``[m]``.

        That is what they did of the targets, and what they do not want.
        """
        with self._open_arrays("embeddings") as arrays:
            start, end = _bounds(arrays, "all.indptr", place)
            done: Ints = _part(arrays, "all.indices", start, end)
        if not self._unwanted:
            return done
        with self._open_arrays("profiles") as arrays:
            start, end = _bounds(arrays, "indptr", place)
            items, weights = (_part(arrays, name, start, end) for name in ("items", "weights"))
        return np.union1d(done, items[(weights[:, self._unwanted] > 0).any(1)])

    @cached_property
    def _item(self) -> Floats:
        """The items' vectors, float32 ``[n_items, D]``."""
        with self._open_arrays("embeddings") as arrays:
            found: Floats = arrays.get_tensor("item")
            return found


def _bounds(arrays: Any, indptr: str, row: int) -> tuple[int, int]:
    """Return where a row of CSR arrays begins and ends."""
    start, end = arrays.get_slice(indptr)[row : row + 2].tolist()
    return start, end


def _part(arrays: Any, name: str, start: int, end: int) -> Any:
    """Return the entries from ``start`` on and before ``end``, which may be none."""
    return arrays.get_slice(name)[start:end] if start < end else arrays.get_tensor(name)[:0]
