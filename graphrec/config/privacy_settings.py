"""What ``[privacy]`` of ``graphrec.toml`` says: how much training may tell of one user."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from graphrec.config.table import Fraction, Positive, Table

#: A privacy loss ε: above 100 it promises nothing.
Epsilon = Annotated[float, Meta(gt=0, le=100)]


class PrivacySettings(Table, frozen=True):
    """Differential privacy of training (:mod:`graphrec.privacy`); off without ``epsilon``."""

    #: Most privacy loss ε of one training.
    epsilon: Epsilon | None = None
    #: Probability δ that the bound does not hold; None: n^-1.1 for n users.
    delta: Annotated[float, Meta(gt=0, le=0.01)] | None = None
    #: Most ε of all trainings of the project together; None: only added up.
    budget: Epsilon | None = None
    #: Share of the budget for the counts of the items.
    popularity: Annotated[float, Meta(gt=0, lt=0.5)] = 0.05
    #: Share of the budget for the figures on validation; 0: there are none.
    validation: Annotated[float, Meta(ge=0, lt=0.5)] = 0.05
    #: Share of the budget for training the network by DP-SGD; 0: the network is not trained.
    network: Fraction = 0.0
    #: Steps of DP-SGD, users per step on average, and the largest length of a user's gradient.
    steps: Positive = 200
    batch: Positive = 256
    clip: Annotated[float, Meta(gt=0, le=1e6)] = 1.0
