r"""What distinguishes fake profiles from real ones, one number per user and feature.

Without grades, the deviation from an item's mean grade becomes that of one user from the item's share of users,
:math:`1 - p_i`. Features:

- ``length``, ``lengthDeviation``: logarithm of the length; its squared distance from the mean (length variance).
- ``rdma``, ``wdma``, ``wda``: :math:`\frac1n \sum (1-p_i)/n_i`, :math:`\frac1n \sum (1-p_i)/n_i^2` and
  :math:`\sum (1-p_i)/n_i`, as logarithms (Chirita et al. 2005; Burke et al. 2006).
- ``popularity``, ``popularitySpread``, ``rarest``: mean, deviation and tenth percentile of the items' log popularity.
- ``similarity``: mean cosine with the :data:`NEIGHBOURS` nearest users (DegSim).
- ``coherence``, ``coherenceSpread``, ``leastCoherent``: of the mean log-ratio of how often other users have an item
  together with the user's other items and how often they would by chance; over the profile its mean, deviation and
  minimum.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]

NAMES = (
    "length",
    "lengthDeviation",
    "rdma",
    "wdma",
    "wda",
    "popularity",
    "popularitySpread",
    "rarest",
    "similarity",
    "coherence",
    "coherenceSpread",
    "leastCoherent",
)
NEIGHBOURS = 20
#: Added to counts before their logarithm.
_SMOOTH = 0.5
#: Users at once; and the largest number of items whose matrix is dense (4 bytes per pair).
_BLOCK, _DENSE = 512, 8_000


def features(pairs: csr_array) -> Floats:
    """Return the features, float64 ``[n_users, len(NAMES)]``; 0 for users without items.

    Parameters
    ----------
    pairs
        Ones, csr ``[n_users, n_items]``.
    """
    n_users, lengths = pairs.shape[0], np.diff(pairs.indptr)
    popularity = np.asarray(pairs.sum(axis=0), np.float64)
    found = np.zeros((n_users, len(NAMES)))
    there = np.flatnonzero(lengths > 0)
    if not len(there):
        return found
    log_length = np.log(lengths[there])
    deviation = (1 - popularity / n_users) / np.maximum(popularity, 1)
    plain = csr_array(pairs[there])
    log_popularity = np.log(np.maximum(popularity, 1))
    size = lengths[there]
    mean = plain @ log_popularity / size
    spread = np.sqrt(np.maximum(plain @ log_popularity**2 / size - mean**2, 0))
    rarest = [np.quantile(log_popularity[row], 0.1) for row in np.split(plain.indices, plain.indptr[1:-1])]
    found[there] = np.stack(
        [
            log_length,
            (log_length - log_length.mean()) ** 2,
            np.log(plain @ deviation / size + 1e-9),
            np.log(plain @ (deviation / np.maximum(popularity, 1)) / size + 1e-9),
            np.log(plain @ deviation + 1e-9),
            mean,
            spread,
            np.array(rarest),
            _similarity(plain),
            *_over_profiles(coherence(plain), plain),
        ],
        axis=1,
    )
    return found


def _similarity(pairs: csr_array) -> Floats:
    """Return the mean cosine of each user with the nearest others."""
    length = np.sqrt(np.diff(pairs.indptr))
    unit = csr_array(pairs.multiply(1 / length[:, None]), dtype=np.float32)
    near, parts = min(NEIGHBOURS, pairs.shape[0] - 1), []
    if near < 1:
        return np.zeros(pairs.shape[0])
    for start in range(0, pairs.shape[0], _BLOCK):
        block = (unit[start : start + _BLOCK] @ unit.T).toarray()
        block[np.arange(len(block)), start + np.arange(len(block))] = -1
        parts.append(np.partition(block, -near, axis=1)[:, -near:].mean(axis=1))
    return np.concatenate(parts).astype(np.float64)


def coherence(pairs: csr_array) -> Floats:
    """Return how well each pair's item fits to the user's other items, ``[n_pairs]``.

    The mean over these of the log-ratio of how many other users have both, and how many would by chance.
    """
    ratio = _dense_ratio(pairs) if pairs.shape[1] <= _DENSE else _sparse_ratio(pairs)
    lengths, values = np.diff(pairs.indptr), [np.zeros(0, np.float32)]
    for start in range(0, pairs.shape[0], _BLOCK):
        block = csr_array(pairs[start : start + _BLOCK])
        sums = block.toarray() @ ratio if isinstance(ratio, np.ndarray) else (block @ ratio).toarray()
        row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        values.append(sums[row, block.indices])
    found: Floats = np.concatenate(values).astype(np.float64) / np.repeat(np.maximum(lengths - 1, 1), lengths)
    return found


def _dense_ratio(pairs: csr_array) -> NDArray[np.float32]:
    """Return the log-ratios of all items, whose diagonal is 0, float32 ``[n_items, n_items]``."""
    users = pairs.toarray().astype(np.float32)
    together = users.T @ users
    others = np.maximum(together.diagonal() - 1, 0)
    chance = np.outer(others, others / max(len(users) - 1, 1))
    ratio: NDArray[np.float32] = np.log((np.maximum(together - 1, 0) + _SMOOTH) / (chance + _SMOOTH))
    np.fill_diagonal(ratio, 0)
    return ratio


def _sparse_ratio(pairs: csr_array) -> csr_array:
    """Return the log-ratios of the items that some user has together; a profile asks for no others."""
    together = csr_array(pairs.T @ pairs, dtype=np.float32)
    rows = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    others = np.maximum(np.asarray(pairs.sum(axis=0), np.float64) - 1, 0)
    chance = others[rows] * others[together.indices] / max(pairs.shape[0] - 1, 1)
    ratio = np.log((together.data - 1 + _SMOOTH) / (chance + _SMOOTH)).astype(np.float32)
    ratio[rows == together.indices] = 0
    return csr_array((ratio, together.indices, together.indptr), shape=together.shape)


def _over_profiles(each: Floats, pairs: csr_array) -> tuple[Floats, Floats, Floats]:
    """Return mean, deviation and minimum of a value of each pair over each profile; none is empty."""
    lengths = np.diff(pairs.indptr)
    user = np.repeat(np.arange(pairs.shape[0]), lengths)
    mean = np.bincount(user, each) / lengths
    spread = np.sqrt(np.maximum(np.bincount(user, each**2) / lengths - mean**2, 0))
    return mean, spread, np.minimum.reduceat(each, pairs.indptr[:-1])
