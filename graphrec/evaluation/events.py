"""Rank single behaviours, each in its own context: the ranking of one user differs from hour to hour.

Behaviours of one user less than :data:`VISIT` seconds apart are one visit. Means are over visits, and intervals
bootstrap visits: what is done in one visit is not independent, and a home has few users.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.evaluation.metrics import Floats, mean_interval
from graphrec.graph.typed import NO_TIME

Ints = NDArray[np.int64]
Scores = NDArray[np.float32]

#: Seconds without a behaviour after which a visit has ended.
VISIT = 3_600
#: Behaviours ranked at once.
_BLOCK = 1_024


def event_ndcg(scores: Scores, items: Ints, k: int, seed: int = 0) -> Floats:
    """Return the NDCG of the one item that was done, float64 ``[m]``.

    Parameters
    ----------
    scores
        float32 ``[m, n_items]``; ``-inf`` means never.
    items
        int64 ``[m]``: what was done.
    k
        List length.
    seed
        Seed of the order of ties.
    """
    order = np.random.default_rng(seed).permutation(scores.shape[1])
    found = np.zeros(len(items))
    for start in range(0, len(items), _BLOCK):
        some, wanted = scores[start : start + _BLOCK], items[start : start + _BLOCK]
        mine = some[np.arange(len(wanted)), wanted][:, None]
        tied = (some == mine) & (order[None] < order[wanted, None])
        rank = 1 + (some > mine).sum(1) + tied.sum(1)
        found[start : start + _BLOCK] = np.where(rank <= k, 1 / np.log2(1 + rank), 0)
    return found


def visits(users: Ints, times: Ints) -> Ints:
    """Return the number of the visit of each behaviour, int64 ``[m]``, from 0; one without a time is a visit.

    Parameters
    ----------
    users, times
        int64 ``[m]``, in the order of user and time.
    """
    fresh = np.ones(len(users), bool)
    fresh[1:] = (users[1:] != users[:-1]) | (times[1:] - times[:-1] > VISIT) | (times[1:] == NO_TIME)
    number: Ints = fresh.cumsum() - 1
    return number


def by_visit(values: Floats, visit: Ints) -> Floats:
    """Return the mean of each visit, float64 ``[n_visits]``."""
    means: Floats = np.bincount(visit, values) / np.bincount(visit)
    return means


def compared(without: Floats, with_context: Floats, events: int, k: int) -> dict[str, Any]:
    """Return the figures of scores without and with context, of the same visits, as plain data."""
    return {
        "events": events,
        "visits": len(without),
        "metric": f"ndcg@{k}",
        "without": mean_interval(without),
        "with": mean_interval(with_context),
        "gain": mean_interval(with_context - without),
    }
