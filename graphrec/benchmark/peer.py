"""What every peer can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scipy.sparse import csr_array
from torch import Tensor

#: Users int64 ``[b]`` → scores float32 ``[b, n_items]``.
Score = Callable[[Tensor], Tensor]
#: A scorer → its validation NDCG@10: all that a peer learns about held-out pairs.
Validate = Callable[[Score], float]
Setting = int | float


class Peer(Protocol):
    """A recommender that is fitted on training pairs and chooses its settings on validation.

    Attributes
    ----------
    settings
        What was chosen; empty before :meth:`fit`, or where there is nothing to choose.
    """

    settings: dict[str, Setting]

    def fit(self, train: csr_array, validate: Validate) -> None:
        """Learn from ones in a csr ``[n_users, n_items]``."""

    def score(self, users: Tensor) -> Tensor:
        """Return float32 ``[b, n_items]`` for users int64 ``[b]``."""
