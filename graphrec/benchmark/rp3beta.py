r"""RP³β: three random steps over the graph, popular ends held back (Christoffel et al. 2015; Paudel et al. 2017).

.. math::

   W = (D_I^{-1} X^\top)^{∘α} (D_U^{-1} X)^{∘α} \mathrm{diag}(n)^{-β}, \qquad \mathrm{score}(u) = x_u W

with :math:`n` the items' numbers of users and powers taken entry by entry (α = 1 is the walk itself). Each item keeps
its k strongest ends. The first step divides a user's whole row by one number and changes no ranking.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array
from torch import Tensor

from graphrec.benchmark.neighbours import along, by_row, strongest
from graphrec.benchmark.peer import Fitted, Given, Validate
from graphrec.benchmark.search import Real, Setting, Space, Whole


class RP3Beta:
    """Sums the walks that lead from the user's items."""

    space: ClassVar[Space] = {"k": Whole(20, 2000, log=True), "alpha": Real(0.3, 1.5), "beta": Real(0.1, 0.9)}
    seeded: ClassVar[bool] = False
    needs: ClassVar[str | None] = None

    def __init__(self, given: Given) -> None:
        self.train, self.shown = given.train, given.shown

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Walk, and keep the strongest ends."""
        weights = walks(self.train, int(setting["k"]), setting["alpha"], setting["beta"])
        return Fitted(along(self.shown, weights))


def walks(train: csr_array, k: int, alpha: float, beta: float) -> csr_array:
    """Return ``W`` cut to each row's k strongest, sparse ``[n_items, n_items]``."""
    of_users = np.maximum(train.sum(axis=1), 1).astype(np.float32)
    of_items = np.maximum(train.sum(axis=0), 1).astype(np.float32)
    to_items = csr_array(diags_array(of_users**-alpha) @ train).astype(np.float32)
    to_users = csr_array(diags_array(of_items**-alpha) @ train.T).astype(np.float32)
    held = torch.from_numpy(of_items**-beta)

    def ends(block: Tensor, part: slice) -> Tensor:
        return block * held

    return by_row(*strongest(to_users, to_items, k, ends))
