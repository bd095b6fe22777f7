"""Early stopping, the same for every baseline that is trained step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from graphrec.experiments.baselines.base import DivergedError, Fitted, Score, Validate
from graphrec.training.early_stopping import WARM_UP

#: Users float32 ``[n_users, d]`` and items ``[n_items, d]``, whose inner product is the score.
Factors = tuple[Tensor, Tensor]


def stopped(
    validation_checks: Iterator[Factors], validate: Validate, patience: int, name: str, every: int = 1, least: int = 0
) -> Fitted:
    """Return the state that validates best; training ends after some checks without improvement.

    Parameters
    ----------
    validation_checks
        A training that yields its factors at each check, and ends at its last; a diverged one is ended.
    validate
        Scorer → validation metric.
    patience
        Checks without improvement before the end.
    name, every
        Name and number of the steps between checks: ``epochs``, 10.
    least
        Checks before which the training does not end.

    Raises
    ------
    DivergedError
        The training diverged before the first check.
    """
    best, chosen, kept = -1.0, 0, None
    for look, factors in enumerate(validation_checks, start=1):
        if not bounded(*factors):
            break
        score = inner(*factors)
        found = validate(score)
        if found > best:
            best, chosen, kept = found, look, score
        elif look >= least and look - chosen >= patience:
            break
    if kept is None:
        raise DivergedError("the training diverged before the first validation check")
    return Fitted(kept, {name: chosen * every})


def warm_up(n_pairs: int, batch: int, every: int) -> int:
    """Return the number of checks before which a training on this many pairs may not end.

    It allows as many optimiser steps as graphrec's own training: an epoch of few pairs is a single step.
    """
    return math.ceil(WARM_UP / (every * math.ceil(n_pairs / batch)))


def inner(users: Tensor, items: Tensor) -> Score:
    """Return the scorer of factors ``[n_users, d]`` and ``[n_items, d]``."""
    return lambda asked: users[asked] @ items.T


def bounded(users: Tensor, items: Tensor) -> bool:
    """Return whether every inner product is finite: by Cauchy–Schwarz, if that of the longest vectors is."""
    return bool(torch.isfinite(users.norm(dim=1).max() * items.norm(dim=1).max()))
