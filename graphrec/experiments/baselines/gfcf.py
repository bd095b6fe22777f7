r"""GF-CF: a linear and an ideal low-pass filter over the graph of items (Shen et al. 2021).

.. math::

   \mathrm{score}(u) = x_u \left( \tilde R^\top \tilde R + α\, D_I^{-1/2} V V^\top D_I^{1/2} \right), \qquad
   \tilde R = D_U^{-1/2} X D_I^{-1/2}

with :math:`V` the first k right singular vectors of :math:`\tilde R`. Neither filter is materialised as a dense
item-item matrix, so the number of items is not limited.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import svds

from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Validate
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space

RANKS = (8, 16, 32, 64, 128, 256)


class GFCF:
    """Filters the users' rows."""

    space: ClassVar[Space] = {"k": OneOf(RANKS), "alpha": Real(0.0, 1.0)}
    #: The authors' own.
    defaults: ClassVar[Setting] = {"k": 256, "alpha": 0.3}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        self.shown = given.shown
        users, items = (np.maximum(given.train.sum(axis=axis), 1) ** -0.5 for axis in (1, 0))
        self.normal = csr_array(diags_array(users) @ given.train @ diags_array(items))
        self.scale = items.astype(np.float32)
        self.vectors = singular(self.normal, max(RANKS))

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Return the filter; nothing is learned."""
        vectors, alpha = self.vectors[:, : int(setting["k"])], np.float32(setting["alpha"])
        read, write = self.scale[:, None] * vectors, alpha * (vectors / self.scale[:, None]).T
        transposed = csr_array(self.normal.T)

        def score(users: torch.Tensor) -> torch.Tensor:
            rows = self.shown[users.numpy()]
            linear = (rows @ transposed @ self.normal).toarray()
            return torch.from_numpy((linear + (rows @ read) @ write).astype(np.float32))

        return Fitted(score)


def singular(matrix: csr_array, k: int) -> NDArray[np.float32]:
    """Return the first right singular vectors, largest first, float32 ``[n_items, k]``; fewer of a small matrix."""
    k = min(k, min(matrix.shape) - 1)
    if k < 1:
        return np.zeros((matrix.shape[1], 0), np.float32)
    start = np.random.default_rng(0).standard_normal(min(matrix.shape))
    _, values, vectors = svds(matrix.astype(np.float64), k=k, v0=start)
    order = np.argsort(-values)
    return np.ascontiguousarray(vectors[order].T, dtype=np.float32)
