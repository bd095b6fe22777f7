"""Early stopping, the same for every peer that is trained step by step."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from graphrec.benchmark.peer import Fitted, Score, Validate


def stopped(looks: Iterator[Score], validate: Validate, patience: int, name: str, every: int = 1) -> Fitted:
    """Return the state that validates best, training until no better one came for some looks.

    Parameters
    ----------
    looks
        A training that yields its scorer at each look; at least once.
    validate
        Scorer → validation metric.
    patience
        Looks without a better one before the end.
    name, every
        What the steps between looks are called, and how many there are: ``epochs``, 10.
    """
    score = next(looks)
    best, chosen, kept = validate(score), 1, score
    for look, score in enumerate(looks, start=2):
        found = validate(score)
        if found > best:
            best, chosen, kept = found, look, score
        elif look - chosen >= patience:
            break
    return Fitted(kept, {name: chosen * every})


def inner(users: Tensor, items: Tensor) -> Score:
    """Return the scorer of factors ``[n_users, d]`` and ``[n_items, d]``."""
    return lambda asked: users[asked] @ items.T
