"""A trained model as an attacker sees it, with the truth about who was in its training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Seed of the halves of histories.
_HALVES = 0


@dataclass(frozen=True)
class World:
    """What one model publishes about some users, members or not.

    Attributes
    ----------
    history
        Ones, csr ``[n_users, n_items]``: what each user did.
    members
        bool ``[n_users]``: who was in training.
    popularity
        float64 ``[n_items]``: number of members of each item.
    lists, values
        int64 and float32 ``[n_users, k]``: the users' lists, best first, and their scores.
    user, item
        float32 ``[n_users, d]`` and ``[n_items, d]``: the published vectors; None: none are published.
    similar
        csr ``[n_items, n_items]``: the published ``SIMILAR`` edges; None: none are published.
    answers
        float32 ``[n_users, n_items]`` each: the service's scores of all items where either of the :func:`halves` of
        each history is sent as likes.
    """

    history: csr_array
    members: Mask
    popularity: NDArray[np.float64]
    lists: Ints
    values: Floats
    user: Floats | None
    item: Floats | None
    similar: csr_array | None
    answers: tuple[Floats, Floats]

    @cached_property
    def alike(self) -> csr_array:
        """The cosines of items over the members, csr ``[n_items, n_items]``: what who has their data knows."""
        mine = csr_array(self.history[np.flatnonzero(self.members)])
        norm = np.sqrt(np.asarray(mine.sum(axis=0)).ravel())
        scaled = mine @ diags_array(1 / np.maximum(norm, 1))
        return csr_array(scaled.T @ scaled)

    @cached_property
    def listed(self) -> csr_array:
        """The lists as ones, csr ``[n_users, n_items]``."""
        row, place = np.nonzero((self.lists >= 0) & np.isfinite(self.values))
        ones = np.ones(len(row), np.float32)
        return csr_array((ones, (row, self.lists[row, place])), shape=self.history.shape)


def listed(scores: Floats, left_out: csr_array, k: int) -> tuple[Ints, Floats]:
    """Return each row's best items and their scores, ``[b, k]``, best first.

    Parameters
    ----------
    scores
        ``[b, n_items]``; overwritten.
    left_out
        csr ``[b, n_items]``: stored entries are in no list.
    k
        Length of the lists; shorter where there are fewer items.
    """
    scores[left_out.nonzero()] = -np.inf
    k = min(k, scores.shape[1])
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(scores, best, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(best, order, 1), np.take_along_axis(values, order, 1)


def halves(history: csr_array, seed: int = _HALVES) -> tuple[csr_array, csr_array]:
    """Return a random half of each user's items, and the other half; who has one item has it in the second."""
    rng = np.random.default_rng(seed)
    lengths = np.diff(history.indptr)
    row = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((rng.random(len(row)), row))
    rank = np.empty(len(row), np.int64)
    rank[order] = np.arange(len(row)) - history.indptr[row]
    first = rank < lengths[row] // 2
    parts = [(np.ones(int(some.sum()), np.float32), (row[some], history.indices[some])) for some in (first, ~first)]
    shown, hidden = (csr_array(part, shape=history.shape) for part in parts)
    return shown, hidden
