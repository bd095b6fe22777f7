r"""iALS: matrix factorisation by alternating least squares (Hu et al. 2008), with the loss of Rendle et al. 2022.

.. math::

   \sum_{(u,i) ∈ S} (1 - w_u h_i)^2 + α_0 \sum_{u,i} (w_u h_i)^2
   + λ \left( \sum_u (|S_u| + α_0 n_I)^ν \lVert w_u \rVert^2 + \sum_i (|S_i| + α_0 n_U)^ν \lVert h_i \rVert^2 \right)

The exponent ν of the regularisation is what "Revisiting the Performance of iALS on Item Recommendation Benchmarks"
found to matter. The library ``implicit`` does not have it, so iALS is implemented here. The setting ``regularisation``
is :math:`λ m^{ν-1}`, :math:`m` being the mean of :math:`|S_u| + α_0 n_I`, so that it means about the same at every ν.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array

from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Validate
from graphrec.experiments.baselines.early_stopping import Factors, stopped
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space
from graphrec.model.als import INIT, solve
from graphrec.model.profiles import UserItemCSR

SWEEPS = 24
#: Iterations without improvement before the end.
PATIENCE = 4


class IALS:
    """Alternates between users and items; the number of iterations is chosen by early stopping."""

    space: ClassVar[Space] = {
        "factors": OneOf((16, 32, 64, 128)),
        "alpha": Real(0.03, 2.0, log=True),
        "regularisation": Real(1e-3, 0.1, log=True),
        "nu": OneOf((0.0, 0.5, 1.0)),
    }
    #: Rendle et al.'s α and ν for MovieLens-20M; the regularisation that the library ``implicit`` has.
    defaults: ClassVar[Setting] = {"factors": 64, "alpha": 0.1, "regularisation": 0.01, "nu": 1.0}
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        train, turned = given.train, csr_array(given.train.T)
        self.n_pairs, self.shape = train.nnz, train.shape
        self.by_user, self.by_item = _rows(train), _rows(turned)
        self.shown = None if given.profiles is None else _rows(given.profiles)

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Iterate until validation stops improving."""
        return stopped(self._sweep(setting, seed), validate, PATIENCE, "sweeps")

    def _sweep(self, setting: Setting, seed: int) -> Iterator[Factors]:
        width = int(setting["factors"])
        draw = torch.Generator().manual_seed(seed)
        mean = self.n_pairs / self.shape[0] + setting["alpha"] * self.shape[1]
        ridge = setting["regularisation"] * mean ** (1 - setting["nu"])
        items = torch.randn(self.shape[1], width, generator=draw) * INIT / width**0.5
        for _ in range(SWEEPS):
            users = solve(self.by_user.indptr, self.by_user.items, items, setting["alpha"], ridge, setting["nu"])
            items = solve(self.by_item.indptr, self.by_item.items, users, setting["alpha"], ridge, setting["nu"])
            if self.shown is not None:
                users = solve(self.shown.indptr, self.shown.items, items, setting["alpha"], ridge, setting["nu"])
            yield users, items


def _rows(matrix: csr_array) -> UserItemCSR:
    indptr, items = (torch.from_numpy(part.astype(np.int64)) for part in (matrix.indptr, matrix.indices))
    return UserItemCSR(indptr, items)
