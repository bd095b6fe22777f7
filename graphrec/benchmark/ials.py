r"""iALS: matrix factorisation by alternating least squares (Hu et al. 2008), with the loss of Rendle et al. 2022.

.. math::

   \sum_{(u,i) ∈ S} (1 - w_u h_i)^2 + α_0 \sum_{u,i} (w_u h_i)^2
   + λ \left( \sum_u (|S_u| + α_0 n_I)^ν \lVert w_u \rVert^2 + \sum_i (|S_i| + α_0 n_U)^ν \lVert h_i \rVert^2 \right)

The exponent ν of the regularisation is what "Revisiting the Performance of iALS on Item Recommendation Benchmarks"
found to matter, and what the library ``implicit`` has not; so it is written out here. The setting ``regularisation`` is
:math:`λ m^{ν-1}`, :math:`m` being the mean of :math:`|S_u| + α_0 n_I`, so that it means about the same at every ν.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.benchmark.peer import Fitted, Given, Validate
from graphrec.benchmark.search import OneOf, Real, Setting, Space
from graphrec.benchmark.stopping import Factors, stopped

SWEEPS = 24
#: Sweeps without a better validation before the end.
PATIENCE = 4
#: Deviation of the first factors' inner products.
INIT = 0.1
#: Gathered factors held at once: 64 MB.
BLOCK_ELEMENTS = 2**24


class IALS:
    """Alternates between users and items; the number of sweeps is chosen by early stopping."""

    space: ClassVar[Space] = {
        "factors": OneOf((16, 32, 64, 128)),
        "alpha": Real(0.03, 2.0, log=True),
        "regularisation": Real(1e-3, 0.1, log=True),
        "nu": OneOf((0.0, 0.5, 1.0)),
    }
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: Given) -> None:
        self.by_user, self.by_item = given.train, csr_array(given.train.T)

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Sweep until validation stops improving."""
        return stopped(self._sweep(setting, seed), validate, PATIENCE, "sweeps")

    def _sweep(self, setting: Setting, seed: int) -> Iterator[Factors]:
        width = int(setting["factors"])
        draw = torch.Generator().manual_seed(seed)
        mean = self.by_user.nnz / self.by_user.shape[0] + setting["alpha"] * self.by_user.shape[1]
        ridge = setting["regularisation"] * mean ** (1 - setting["nu"])
        items = torch.randn(self.by_item.shape[0], width, generator=draw) * INIT / width**0.5
        for _ in range(SWEEPS):
            users = solve(self.by_user, items, setting["alpha"], ridge, setting["nu"])
            items = solve(self.by_item, users, setting["alpha"], ridge, setting["nu"])
            yield users, items


def solve(rows: csr_array, other: Tensor, alpha: float, regularisation: float, nu: float) -> Tensor:
    r"""Return the factors ``[n, d]`` of the rows that minimise the loss, the factors of the columns being given.

    Row by row :math:`(α_0 H^\top H + \sum_{i ∈ S} h_i h_i^\top + λ (|S| + α_0 n)^ν I)^{-1} \sum_{i ∈ S} h_i`; rows
    of about the same length are solved together.
    """
    width = other.shape[1]
    counts = torch.from_numpy(np.diff(rows.indptr).astype(np.int64))
    start, columns = (torch.from_numpy(x.astype(np.int64)) for x in (rows.indptr[:-1], rows.indices))
    ridge = regularisation * (counts + alpha * len(other)).float() ** nu
    padded = torch.cat([other, torch.zeros(1, width)])
    shared = alpha * other.T @ other
    found = torch.zeros(rows.shape[0], width)
    order = counts.argsort()
    order = order[counts[order] > 0]
    at = 0
    while at < len(order):
        # The longest of a block decides its width, so it is sized from its far end.
        step = max(1, min(BLOCK_ELEMENTS // (width * width), len(order) - at))
        while step > 1 and step * int(counts[order[at + step - 1]]) * width > BLOCK_ELEMENTS:
            step //= 2
        block = order[at : at + step]
        at += step
        place = torch.arange(int(counts[block].max()))
        inside = place < counts[block, None]
        picked = torch.where(inside, columns[(start[block, None] + place).clamp(max=len(columns) - 1)], len(other))
        factors = padded[picked]
        gram = factors.transpose(1, 2) @ factors + shared
        gram.diagonal(dim1=1, dim2=2).add_(ridge[block, None])
        found[block] = torch.linalg.solve(gram, factors.sum(1))
    return found
