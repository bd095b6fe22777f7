"""ItemKNN: items similar to the user's items (Deshpande and Karypis 2004; shrinkage after Bell and Koren 2007)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Score, Validate
from graphrec.experiments.baselines.random_search import Real, Setting, Space, Whole
from graphrec.model.random_walk import by_row, strongest


class ItemKNN:
    """Score = sum of the similarities between an item's k nearest neighbours and the user's items.

    Similarity = common users / (√(users of one · users of the other) + shrinkage).
    """

    space: ClassVar[Space] = {"k": Whole(5, 800, log=True), "shrinkage": Real(0, 100)}
    #: RecBole's.
    defaults: ClassVar[Setting] = {"k": 100, "shrinkage": 0.0}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        self.train, self.shown = given.train, given.shown

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Use the neighbours of the item to score; the other reading, those of the user's items, does worse."""
        weights = by_row(*nearest_items(self.train, int(setting["k"]), setting["shrinkage"]))
        return Fitted(along(self.shown, csr_array(weights.T)))


def nearest_items(train: csr_array, k: int, shrinkage: float) -> tuple[Tensor, Tensor]:
    """Return each item's most similar other items: similarities float32 ``[n_items, k]``, and indices, int64.

    Fewer columns if there are fewer items.
    """
    by_item = csr_array(train.T)
    norms = torch.from_numpy(np.sqrt(by_item.sum(axis=1), dtype=np.float32))

    def cosine(together: Tensor, part: slice) -> Tensor:
        # An item without users has no similarity: 0 / tiny = 0.
        return together / (norms[part, None] * norms + shrinkage).clamp(min=1e-9)

    return strongest(by_item, train, k, cosine)


def along(train: csr_array, weights: csr_array) -> Score:
    """Return a scorer that sums, for each item, the weights leading to it from the user's items."""
    return lambda users: torch.from_numpy((train[users.numpy()] @ weights).toarray())
