"""Ranking metrics per user, from a matrix of hits.

Relevance is binary. The denominators use the *true ideal*: a user's best list has min(k, number of truths) hits, so
a perfect ranking scores 1 for every user.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Of intervals.
LEVEL = 0.95


def ranking_metrics(hits: NDArray[np.bool_], truths: NDArray[np.int64], k: int) -> dict[str, Floats]:
    """Compute every metric at one k.

    Parameters
    ----------
    hits
        bool ``[m, ≥ k]``, or fewer columns if there are fewer items: whether rank 1, 2, … is a truth.
    truths
        int64 ``[m]``: number of truths per user, at least one.
    k
        Length of the evaluated list.

    Returns
    -------
    dict
        float64 ``[m]`` for each of

        - ``recall``: hits / truths
        - ``precision``: hits / k
        - ``hit``: 1 if there is a hit
        - ``ndcg``: Σ hit_r / log2(r + 1), over the same sum for min(k, truths) hits at the top (Järvelin and
          Kekäläinen 2002)
        - ``mrr``: 1 / rank of the first hit, 0 without one
        - ``map``: Σ hit_r · precision@r / min(k, truths)
    """
    table = hits[:, :k].astype(np.float64)
    ranks = np.arange(1, table.shape[1] + 1)
    discount = 1 / np.log2(ranks + 1)
    best = np.minimum(truths, k)
    # Fewer items than k do not shorten the ideal: truths are items, so best <= number of items.
    ideal = np.cumsum(discount)[np.minimum(best, len(ranks)) - 1]
    count = table.sum(1)
    return {
        "recall": count / truths,
        "precision": count / k,
        "hit": (count > 0).astype(np.float64),
        "ndcg": table @ discount / ideal,
        "mrr": (table / ranks).max(1),
        "map": (table * np.cumsum(table, 1) / ranks).sum(1) / best,
    }


def bootstrap(values: Floats, seed: int, resamples: int = 1000) -> Floats:
    """Return the means over bootstrap resamples of the users.

    Parameters
    ----------
    values
        float64 ``[m, q]``: q quantities of m users; each resample takes the same users for all of them.
    seed
        Seed of the draws.
    resamples
        Number of resamples.

    Returns
    -------
    NDArray
        float64 ``[resamples, q]``.
    """
    rng = np.random.default_rng(seed)
    m = len(values)
    step = max(1, 2**22 // m)  # bounds memory to about 100 MB whatever the number of users
    means = []
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, m, (rows, m)) + np.arange(rows)[:, None] * m
        counts = np.bincount(drawn.ravel(), minlength=rows * m).reshape(rows, m)
        means.append(counts.astype(np.float64) @ values / m)
    return np.concatenate(means)


def percentiles(means: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the ends of the central ``level`` interval of each column (Efron's percentile method)."""
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def mean_interval(values: Floats, seed: int = 0, level: float = LEVEL) -> dict[str, float]:
    """Return the ``mean`` of float64 ``[m]``, and ``low`` and ``high`` of its bootstrap interval."""
    low, high = percentiles(bootstrap(values[:, None], seed), level)
    return {"mean": float(values.mean()), "low": float(low[0]), "high": float(high[0])}


def quantile_parts(counts: NDArray[Any], n: int) -> NDArray[np.int64]:
    """Return which of n parts each count belongs to; part 0 has the lowest, and equal counts share a part."""
    ends = np.quantile(counts, np.arange(1, n) / n)
    return np.searchsorted(ends, counts, side="left")
