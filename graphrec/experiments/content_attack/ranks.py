"""Where items stand in everybody's ranking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Standing:
    """Where some items stand, each a mean over the users who have not done it.

    Attributes
    ----------
    rank
        float64 ``[n]``: rank among all items that the user has not done, the other targets left out; 1 is the best.
    hit
        float64 ``[n]``: share of the users who have it in their list.
    """

    rank: Floats
    hit: Floats


def standing(score: Callable[[Tensor], Tensor], seen: csr_array, users: Tensor, targets: Tensor, k: int) -> Standing:
    """Return where the targets stand.

    Parameters
    ----------
    score
        Users → scores ``[b, n_items]``.
    seen
        csr ``[n_users, n_items]``: what is not ranked.
    users, targets
        int64: the users and the items.
    k
        Length of the lists.
    """
    total, hits, counted = (np.zeros(len(targets)) for _ in range(3))
    for some in torch.split(users, 1024):
        scores = score(some).clone()
        rows = seen[some.numpy()].tocoo()
        done = torch.zeros(scores.shape, dtype=torch.bool)
        done[torch.from_numpy(rows.row).long(), torch.from_numpy(rows.col).long()] = True
        others = scores.masked_fill(done, -torch.inf)
        others[:, targets] = -torch.inf
        ordered = others.sort(1).values
        mine, open_ = scores[:, targets], ~done[:, targets]
        above = ordered.shape[1] - torch.searchsorted(ordered, mine.contiguous(), right=True)
        ranks = above.double() + 1
        total += (ranks * open_).sum(0).numpy()
        hits += ((ranks <= k) & open_).sum(0).numpy()
        counted += open_.sum(0).numpy()
    counted = np.maximum(counted, 1)
    return Standing(total / counted, hits / counted)
