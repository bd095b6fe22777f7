r"""EASE and CEASE: the best linear item-to-item weights, in closed form.

EASE (Steck 2019): the ridge regression of every item on all others, :math:`B_{ij} = -P_{ij} / P_{jj}`,
:math:`B_{jj} = 0`, :math:`P = (G + λI)^{-1}`, :math:`G = X^\top X`.

CEASE (Jeunen, Van Balen and Goethals 2020): the facts of the items are additional rows below the users,
:math:`G = X^\top X + κ\, T W T^\top`, with :math:`T` items × facts and :math:`W` the identity or each fact's idf,
:math:`\log(1 + \text{items} / \text{items with it})`.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from torch import Tensor

from graphrec.experiments.baselines.base import BaselineInputs, CannotError, Fitted, Validate
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space
from graphrec.model import entity_rows

#: Above this number of items the dense item-item matrix (8 bytes per pair, about four copies) is too large.
MOST_ITEMS = 10_000


class EASE:
    """Ridge regression of each item on all others."""

    space: ClassVar[Space] = {"ridge": Real(1, 100_000, log=True)}
    #: RecBole's.
    defaults: ClassVar[Setting] = {"ridge": 250.0}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        n_items = given.train.shape[1]
        if n_items > MOST_ITEMS:
            raise CannotError(f"a matrix of {n_items:,} × {n_items:,} items; {MOST_ITEMS:,} is the most")
        self.shown = given.shown
        self.gram = dense(given.train.T, given.train)

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Solve once."""
        return self._solved(self.gram, setting["ridge"])

    def _solved(self, gram: Tensor, ridge: float) -> Fitted:
        weights = regression(gram, ridge).numpy()
        return Fitted(lambda users: torch.from_numpy(self.shown[users.numpy()] @ weights))


class CEASE(EASE):
    """EASE with the items' facts as additional rows."""

    space: ClassVar[Space] = {
        "ridge": Real(1, 100_000, log=True), "knowledge": Real(0.01, 100, log=True), "idf": OneOf((0, 1)),
    }  # fmt: skip
    #: EASE's, the facts weighing as much as users.
    defaults: ClassVar[Setting] = {"ridge": 250.0, "knowledge": 1.0, "idf": 0}
    needs: ClassVar[str | None] = "knowledge"

    def __init__(self, given: BaselineInputs) -> None:
        super().__init__(given)
        if given.knowledge is None:
            raise CannotError("the items have no knowledge")
        self.shared = [shared(given.knowledge, idf) for idf in (False, True)]

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Solve once."""
        gram = self.gram + setting["knowledge"] * self.shared[int(setting["idf"])]
        return self._solved(gram, setting["ridge"])


def regression(gram: Tensor, ridge: float) -> Tensor:
    """Return ``B`` float32 ``[n_items, n_items]`` from ``G`` float64."""
    gram = gram.clone()
    gram.diagonal().add_(ridge)
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
    inverse.div_(-inverse.diagonal().clone())
    inverse.fill_diagonal_(0)
    return inverse.float()


def shared(knowledge: csr_array, idf: bool) -> Tensor:
    """Return ``T W Tᵀ``, float64 ``[n_items, n_items]``: how many facts two items share."""
    frequency = np.maximum(knowledge.sum(axis=0), 1)
    weight: NDArray[np.float64] = entity_rows.idf(knowledge.shape[0], frequency) if idf else np.ones(len(frequency))
    return dense(knowledge @ diags_array(weight), knowledge.T)


def dense(left: csr_array, right: csr_array) -> Tensor:
    """Return a product of sparse matrices, float64."""
    return torch.from_numpy((left @ right).toarray().astype(np.float64))
