"""What training does about suspicious profiles: which behaviours it still learns from.

- ``keep``: all of them.
- ``thin``: each behaviour with the probability that its profile is real, for every profile. In the mean this weighs a
  profile down by its suspicion, in every part of a model alike.
- ``leave out``: none of a flagged profile (:data:`graphrec.poisoning.detector.THRESHOLD`).
- ``trim``: of each item's behaviours, all but a tenth: those of the users whose other items fit least to it. It needs
  no detector (a trimmed mean of what an item learns from its users).
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from graphrec.poisoning.detector import THRESHOLD, Floats, suspicion
from graphrec.poisoning.features import coherence

DEFENCES = ("keep", "thin", "leave out", "trim")
#: The share of an item's behaviours that ``trim`` drops.
TRIMMED = 0.1


def learned(pairs: csr_array, how: str, seed: int = 0, probability: Floats | None = None) -> csr_array:
    """Return the pairs that training learns from, of the same shape.

    Parameters
    ----------
    pairs
        Ones, csr ``[n_users, n_items]``.
    how
        One of :data:`DEFENCES`.
    seed
        Seed of the detector, and of what is drawn.
    probability
        What :func:`graphrec.poisoning.detector.suspicion` has found; None: find it.
    """
    if how == "keep":
        return pairs
    user = np.repeat(np.arange(pairs.shape[0]), np.diff(pairs.indptr))
    if how == "trim":
        return _of(pairs, user, _typical(pairs))
    if probability is None:
        probability = suspicion(pairs, seed)
    if how == "leave out":
        return _of(pairs, user, probability[user] <= THRESHOLD)
    return _of(pairs, user, np.random.default_rng(seed).random(len(user)) >= probability[user])


def _typical(pairs: csr_array) -> np.ndarray:
    """Return which behaviours are not among the tenth of their item that fits least to its user's other items."""
    each = coherence(pairs)
    order = np.lexsort((each, pairs.indices))
    counts = np.bincount(pairs.indices, minlength=pairs.shape[1])
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    place = np.empty(len(each), np.int64)
    place[order] = np.arange(len(each)) - starts[pairs.indices[order]]
    typical: np.ndarray = place >= np.floor(TRIMMED * counts)[pairs.indices]
    return typical


def _of(pairs: csr_array, user: np.ndarray, kept: np.ndarray) -> csr_array:
    ones = np.ones(int(kept.sum()), np.float32)
    return csr_array((ones, (user[kept], pairs.indices[kept])), shape=pairs.shape)
