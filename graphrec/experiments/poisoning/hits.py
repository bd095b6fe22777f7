"""How many real users get an item into their list."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.experiments.baselines.base import Score

_BLOCK = 512


@dataclass(frozen=True)
class Reach:
    """The share of users with an item in their first ``k``, and its median rank among what each has not had."""

    hit: float
    rank: float


def reach(score: Score, pairs: csr_array, target: int, users: NDArray[np.int64], k: int = 10) -> Reach:
    """Return the reach of an item among the real users who do not have it.

    Parameters
    ----------
    score
        The scores.
    pairs
        What users have had, csr ``[n_users, n_items]``: never listed.
    target
        The item.
    users
        The users to ask, int64; those who have the item are left out.
    k
        Length of the list. Among equal scores the item takes the middle place.
    """
    has = np.zeros(pairs.shape[0], bool)
    has[pairs[:, [target]].nonzero()[0]] = True
    users = users[~has[users]]
    ranks = []
    for start in range(0, len(users), _BLOCK):
        some = users[start : start + _BLOCK]
        scores = score(torch.from_numpy(some)).numpy().copy()
        own = scores[:, target].copy()
        seen = pairs[some]
        scores[np.repeat(np.arange(len(some)), np.diff(seen.indptr)), seen.indices] = -np.inf
        equal = (scores == own[:, None]).sum(axis=1) - 1
        ranks.append(1 + (scores > own[:, None]).sum(axis=1) + equal / 2)
    rank = np.concatenate(ranks) if ranks else np.array([np.nan])
    return Reach(float((rank <= k).mean()), float(np.median(rank)))
