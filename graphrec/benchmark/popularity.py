"""Popularity: the same ranking for everybody. What any recommender must beat."""

from __future__ import annotations

import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.benchmark.peer import Setting, Validate


class Popularity:
    """Items by their number of training users."""

    def __init__(self) -> None:
        self.settings: dict[str, Setting] = {}
        self.counts = torch.empty(0)

    def fit(self, train: csr_array, validate: Validate) -> None:
        """Count the users of each item; there is nothing to choose."""
        self.counts = torch.from_numpy((train > 0).sum(axis=0)).float()

    def score(self, users: Tensor) -> Tensor:
        """Return float32 ``[b, n_items]``, each row the same."""
        return self.counts.expand(len(users), -1)
