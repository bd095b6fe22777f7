"""What every peer can do, and what it is given."""

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
#: A scorer → its validation metric: all that a peer learns about held-out pairs.
Validate = Callable[[Score], float]


@dataclass(frozen=True)
class BaselineInputs:
    """What may be learned from; nothing held out is in it.

    Attributes
    ----------
    train
        Ones, float32 csr ``[n_users, n_items]``.
    profiles
        What the users are scored by, of the same shape; None where that is ``train``. Nothing is learned from it.
    knowledge
        Which item has which fact, float32 ones csr ``[n_items, n_facts]``, a fact being a (relation, entity); None
        without knowledge.
    content
        Modality → float32 ``[n_items, d]``, centred and of unit length, 0 where an item lacks it.
    """

    train: csr_array
    knowledge: csr_array | None = None
    content: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    profiles: csr_array | None = None

    @property
    def shown(self) -> csr_array:
        """What the users are scored by."""
        return self.train if self.profiles is None else self.profiles

    def only(self, needs: str | None) -> BaselineInputs:
        """Return the pairs, and what a peer ``needs`` beside: what it does not use would count as its memory."""
        return replace(
            self,
            knowledge=self.knowledge if needs == "knowledge" else None,
            content=self.content if needs == "content" else {},
        )


@dataclass(frozen=True)
class Fitted:
    """A peer fitted with one setting; ``chosen`` is what validation decided on the way (a number of epochs)."""

    score: Score
    chosen: Setting = field(default_factory=dict)


class CannotError(Exception):
    """A peer cannot be fitted to what is given; the message says why, and stands in its line of the table."""


class DivergedError(Exception):
    """A training with one setting came to nothing that could be ranked by; another setting may do."""


class Baseline(Protocol):
    """A recommender that is fitted on training pairs with one setting at a time.

    Making one may prepare what all settings share.

    Attributes
    ----------
    space
        What is searched; nothing where there is nothing to choose.
    defaults
        The published or usual setting, which is tried first; a value for each name of the space.
    seeded
        Whether chance takes part, so that a second seed gives other figures.
    needs
        ``knowledge`` or ``content``, where it is fitted to that too.
    """

    space: ClassVar[Space]
    defaults: ClassVar[Setting]
    seeded: ClassVar[bool]
    needs: ClassVar[str | None]

    def __init__(self, given: BaselineInputs) -> None:
        """Take what is given.

        Raises
        ------
        CannotError
            It does not suffice, or there is too much of it.
        """

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Learn with one setting; ``validate`` is for those that stop early.

        Raises
        ------
        DivergedError
            That setting leads nowhere.
        """
