"""Fake profiles that push a target item: random, average, bandwagon, segment and learned.

Kinds of Mobasher et al. (2007), for behaviour without grades: a profile is a set of items. All have the target, and
are as long as real profiles (lengths are drawn from the real ones):

- ``random``: other items, all with the same probability.
- ``average``: other items in proportion to their popularity, as real profiles are on average.
- ``bandwagon``: some of the most popular items, and items at random.
- ``segment``: the items nearest to the target by their users, and items at random.
- ``learned``: the items that gradients of a surrogate choose (:mod:`graphrec.poisoning.learned`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.poisoning.learned import Surrogate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS = ("random", "average", "bandwagon", "segment", "learned")
#: The share of the catalogue that ``bandwagon`` and ``segment`` select, and the largest part of a profile that it is.
SELECTED, PART = 0.01, 0.5


class Attacker:
    """Plants fake profiles beside real ones.

    Parameters
    ----------
    pairs
        The real profiles, ones, csr ``[n_users, n_items]``: an attacker who knows all of them.
    """

    def __init__(self, pairs: csr_array) -> None:
        self.pairs = pairs
        self.popularity: Floats = np.asarray(pairs.sum(axis=0), np.float64)
        lengths = np.diff(pairs.indptr)
        self._lengths = lengths[lengths > 1]
        self._surrogate: Surrogate | None = None

    def profiles(self, kind: str, target: int, count: int, seed: int | Sequence[int]) -> csr_array:
        """Return fake profiles, ones, csr ``[count, n_items]``.

        Parameters
        ----------
        kind
            One of :data:`KINDS`.
        target
            The item to push.
        count
            Number of profiles.
        seed
            Seed of everything that is drawn.
        """
        rng = np.random.default_rng(seed)
        n_items = len(self.popularity)
        lengths = np.minimum(rng.choice(self._lengths, count), n_items).astype(np.int64)
        if kind == "learned":
            if self._surrogate is None:
                self._surrogate = Surrogate(self.pairs)
            return self._surrogate.profiles(target, lengths, rng)
        weights = np.ones(n_items)
        if kind == "average":
            weights = self.popularity + 1e-9
        selected = self._selected(kind, target)
        rows = []
        for length in lengths:
            first = selected[: int(PART * (length - 1))]
            log = np.log(weights) + rng.gumbel(size=n_items)
            log[first], log[target] = np.inf, np.inf
            rows.append(np.sort(np.argpartition(-log, length - 1)[:length]))
        return _matrix(rows, n_items)

    def _selected(self, kind: str, target: int) -> Ints:
        """Return the items that a kind selects, best first."""
        few = max(2, round(SELECTED * len(self.popularity)))
        others = self.popularity.copy()
        if kind == "segment" and self.popularity[target] > 0:
            together = np.asarray((self.pairs[:, [target]].T @ self.pairs).toarray(), np.float64)[0]
            # Among equal cosines the popular: more people see the push.
            others = together / np.sqrt(np.maximum(self.popularity, 1)) + 1e-9 * self.popularity
        elif kind not in ("segment", "bandwagon"):
            return np.zeros(0, np.int64)
        others[target] = -1
        return np.argsort(-others, kind="stable")[:few]


def unpopular(pairs: csr_array, count: int, seed: int, share: float = 0.5, least: int = 1) -> Ints:
    """Return items to push, drawn from the less popular ``share`` of those with at least ``least`` users."""
    popularity = np.asarray(pairs.sum(axis=0))
    known = np.flatnonzero(popularity >= least)
    order = known[np.argsort(popularity[known], kind="stable")][: max(count, round(share * len(known)))]
    return np.sort(np.random.default_rng(seed).choice(order, min(count, len(order)), replace=False)).astype(np.int64)


def _matrix(rows: Sequence[Ints], n_items: int) -> csr_array:
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.concatenate([*rows, np.zeros(0, np.int64)]).astype(np.int32)
    return csr_array((np.ones(len(indices), np.float32), indices, indptr), shape=(len(rows), n_items))
