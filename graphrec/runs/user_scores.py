"""One user's scores of all items, in NumPy.

A filtered list needs one user's scores. Importing PyTorch would take longer than all the rest, and the other users'
arrays need not be read. The scores equal those of :mod:`graphrec.model.scores`, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.config.schema import RECENCY_FLOOR
from graphrec.runs.layout import EMBEDDINGS, PROFILES, StoredEmbeddings, profile_of

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class UserScores:
    """Scores of the users in a run, from its stored arrays.

    Parameters
    ----------
    open_arrays
        Opens a file of arrays by name, as :meth:`graphrec.runs.run.Run.open_arrays`.
    behaviours
        The run's types of behaviour, in the order of the profiles' columns.
    negatives
        The negative ones among them.
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
        """Return a user's scores of all items, float32 ``[n_items]``, including the user's own items.

        Parameters
        ----------
        place
            The user's index in the run.

        Raises
        ------
        InputError
            The run is damaged.
        """
        with self._open_arrays(EMBEDDINGS) as arrays:
            stored = StoredEmbeddings(arrays)
            scores: Floats = self._item @ stored.user("all", place)
            if not stored.has_similar:
                return scores
            items, age = stored.done("all", place)
            weight = np.ones(len(items), np.float32)
            if stored.recency and age is not None:
                fading = np.exp(-age.astype(np.float32) / np.float32(stored.recency))
                weight = RECENCY_FLOOR + (1 - RECENCY_FLOOR) * fading
            weight = weight * np.float32(max(float((weight**2).sum()), 1e-12) ** -stored.alpha)
            sent = np.zeros_like(scores)
            for item, share in zip(items.tolist(), weight.tolist(), strict=True):
                targets, weights = stored.edges(item)
                sent[targets] += np.float32(share) * weights
            return scores + (sent if stored.spread is None else sent * stored.spread)

    def seen(self, place: int) -> Ints:
        """Return the indices of the items not to recommend to a user again, int64 ``[m]``.

        These are the user's target interactions, and disliked items.
        """
        with self._open_arrays(EMBEDDINGS) as arrays:
            done, _ = StoredEmbeddings(arrays).done("all", place)
        if not self._unwanted:
            return done
        with self._open_arrays(PROFILES) as arrays:
            items, weights = profile_of(arrays, place)
        return np.union1d(done, items[(weights[:, self._unwanted] > 0).any(1)])

    @cached_property
    def _item(self) -> Floats:
        """The item vectors, float32 ``[n_items, D]``."""
        with self._open_arrays(EMBEDDINGS) as arrays:
            return StoredEmbeddings(arrays).item
