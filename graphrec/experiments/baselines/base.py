"""The interface of a baseline, and its inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.experiments.baselines.random_search import Setting, Space

#: Users int64 ``[b]`` → scores float32 ``[b, n_items]``.
Score = Callable[[Tensor], Tensor]
#: A scorer → its validation metric: all that a baseline learns about held-out pairs.
Validate = Callable[[Score], float]


@dataclass(frozen=True)
class BaselineInputs:
    """The inputs of a baseline; nothing held out is in them.

    Attributes
    ----------
    train
        Ones, float32 csr ``[n_users, n_items]``.
    profiles
        Profiles to score users with, of the same shape; None: ``train``. Nothing is learned from them.
    knowledge
        Facts of each item, float32 ones csr ``[n_items, n_facts]``, a fact being a (relation, entity); None without
        knowledge.
    content
        Modality → float32 ``[n_items, d]``, centred and of unit length, 0 where an item lacks it.
    """

    train: csr_array
    knowledge: csr_array | None = None
    content: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    profiles: csr_array | None = None

    @property
    def shown(self) -> csr_array:
        """The profiles that users are scored with."""
        return self.train if self.profiles is None else self.profiles

    def only(self, needs: str | None) -> BaselineInputs:
        """Return the pairs, and only the further inputs that a baseline ``needs``: others would count as its memory."""
        return replace(
            self,
            knowledge=self.knowledge if needs == "knowledge" else None,
            content=self.content if needs == "content" else {},
        )


@dataclass(frozen=True)
class Fitted:
    """A baseline fitted with one setting; ``chosen``: what validation decided on the way (a number of epochs)."""

    score: Score
    chosen: Setting = field(default_factory=dict)


class CannotError(Exception):
    """A baseline cannot be fitted to its inputs; the message gives the reason, and appears in its row of the table."""


class DivergedError(Exception):
    """A training with one setting gave no usable scores; another setting may."""


class Baseline(Protocol):
    """A recommender that is fitted on training pairs with one setting at a time.

    The constructor may prepare what all settings share.

    Attributes
    ----------
    space
        The search space; empty if there is nothing to choose.
    defaults
        The published or usual setting, tried first; a value for each name of the space.
    seeded
        Whether results depend on the seed.
    needs
        ``knowledge`` or ``content``, if it uses these.
    """

    space: ClassVar[Space]
    defaults: ClassVar[Setting]
    seeded: ClassVar[bool]
    needs: ClassVar[str | None]

    def __init__(self, given: BaselineInputs) -> None:
        """Store the inputs.

        Raises
        ------
        CannotError
            The inputs do not suffice, or are too large.
        """

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Fit with one setting; ``validate`` is for early stopping.

        Raises
        ------
        DivergedError
            The training with that setting diverged.
        """
