"""A split with planted tastes, and how peers are told of validation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from graphrec.config.settings import SplitSettings
from graphrec.evaluation.ranking import evaluate_split
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs, Score, Validate

N_USERS, N_ITEMS, TASTES = 90, 60, 3


@pytest.fixture(scope="session")
def planted() -> Split:
    """A split in which user u likes the items of taste u mod 3, and a few others."""
    rng = np.random.default_rng(0)
    likes = np.arange(N_USERS)[:, None] % TASTES == np.arange(N_ITEMS) % TASTES
    done = np.argwhere(rng.random((N_USERS, N_ITEMS)) < np.where(likes, 0.6, 0.03))
    part = rng.choice(3, size=len(done), p=[0.7, 0.15, 0.15])
    train, valid, test = (torch.from_numpy(done[part == number].T.copy()) for number in range(3))
    return Split(train, valid, test, SplitSettings(), {}, (N_USERS, N_ITEMS))


@pytest.fixture(scope="session")
def validation(planted: Split) -> Validate:
    """Scorer → validation NDCG@10 on the planted split."""
    return lambda score: evaluate_split(score, planted, "valid", ks=(10,)).mean("ndcg@10")


@pytest.fixture(scope="session")
def own_taste_first() -> Callable[[Score], bool]:
    """Whether every user's own taste scores higher, on average, than the others."""

    def holds(score: Score) -> bool:
        scores = score(torch.arange(N_USERS))
        own = torch.arange(N_USERS)[:, None] % TASTES == torch.arange(N_ITEMS) % TASTES
        mean = [scores.masked_fill(~mask, 0).sum(1) / mask.sum(1) for mask in (own, ~own)]
        return bool((mean[0] > mean[1]).all())

    return holds


@pytest.fixture(scope="session")
def given(planted: Split) -> BaselineInputs:
    """What the planted split tells, with a text that tells the taste."""
    rng = np.random.default_rng(1)
    taste = np.eye(TASTES, dtype=np.float32)[np.arange(N_ITEMS) % TASTES]
    text = taste - 1 / TASTES + 0.05 * rng.normal(size=taste.shape).astype(np.float32)
    return BaselineInputs(planted.matrix("train"), content={"text": text})
