"""Popularity: the same ranking for all users. Every recommender must beat it."""

from __future__ import annotations

from typing import ClassVar

import torch

from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Validate
from graphrec.experiments.baselines.random_search import Setting, Space


class Popularity:
    """Items by their number of training users."""

    space: ClassVar[Space] = {}
    defaults: ClassVar[Setting] = {}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        self.counts = torch.from_numpy((given.train > 0).sum(axis=0)).float()

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Return the same scores for every user."""
        return Fitted(lambda users: self.counts.expand(len(users), -1))
