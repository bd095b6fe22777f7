r"""Vectors of cold items, predicted from those of similar items.

Kernel ridge regression: with :math:`K` the sum of two items' cosines in each modality and in knowledge, and
:math:`V_T` the vectors of the warm items :math:`T`,

.. math:: v_i = \bar v + K_{iT} (K_{TT} + λ I)^{-1} (V_T - \bar v)

with the :math:`λ` of the smallest leave-one-out error, which needs no further solution (Cawley and Talbot 2004):
:math:`e_j = [(K + λ)^{-1} V]_j / [(K + λ)^{-1}]_{jj}`. An item without content and knowledge gets :math:`\bar v`.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from graphrec.config.settings import ContentSettings
from graphrec.graph.typed import Typed
from graphrec.model.content_vectors import modalities, standardised
from graphrec.model.entity_rows import item_rows

RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0)
#: Most warm items to learn from, those with the most users: the cost grows with the cube.
MAX_WARM_ITEMS = 2500
#: Items predicted at once.
_BLOCK = 4096


class ColdItemPredictor:
    """Predicts item vectors from content and knowledge.

    Parameters
    ----------
    data
        The graph.
    content
        Modalities to use; none if absent.
    knows
        Whether to use knowledge.
    counts
        int64 ``[n_items]``: number of users per item. Items with users are learned from.
    wanted
        bool ``[n_items]``: items to predict, which are not learned from; by default those without users.
    """

    def __init__(
        self,
        data: Typed,
        content: ContentSettings | None,
        knows: bool,
        counts: Tensor,
        wanted: Tensor | None = None,
    ) -> None:
        names = modalities(data, content) if content is not None else []
        self._dense = [standardised(data, name).double() for name in names]
        self._shared = item_rows(data, root=True, dtype=np.float64) if knows else None
        self._wanted = (counts == 0 if wanted is None else wanted).nonzero()[:, 0]
        warm = ((counts > 0) if wanted is None else (counts > 0) & ~wanted).nonzero()[:, 0]
        self._warm = warm[counts[warm].argsort(descending=True, stable=True)[:MAX_WARM_ITEMS]]

    def __bool__(self) -> bool:
        """Whether there are items to predict and something to predict them from."""
        known = bool(self._dense) or self._shared is not None
        return known and len(self._warm) > 0 and len(self._wanted) > 0

    def fill(self, vectors: Tensor) -> Tensor:
        """Return vectors float32 ``[n_items, d]`` with the wanted items' predicted."""
        if not self:
            return vectors
        mean = vectors[self._warm].double().mean(0)
        learned = self._solved(vectors[self._warm].double() - mean)
        filled = vectors.clone()
        for some in torch.split(self._wanted, _BLOCK):
            filled[some] = (self._likeness(some, self._warm) @ learned + mean).float()
        return filled

    def _likeness(self, some: Tensor, others: Tensor) -> Tensor:
        """Return sums of cosines, float64 ``[len(some), len(others)]``."""
        found = torch.zeros(len(some), len(others), dtype=torch.float64)
        for rows in self._dense:
            found += rows[some] @ rows[others].T
        if self._shared is not None:
            found += torch.from_numpy((self._shared[some.numpy()] @ self._shared[others.numpy()].T).toarray())
        return found

    @cached_property
    def _basis(self) -> tuple[Tensor, Tensor]:
        """Eigenvalues and eigenvectors of the similarity of the warm items."""
        values, basis = torch.linalg.eigh(self._likeness(self._warm, self._warm))
        return values.clamp(min=0), basis

    def _solved(self, vectors: Tensor) -> Tensor:
        """Return the weights of the regression with the smallest leave-one-out error, ``[n_warm, d]``."""
        values, basis = self._basis
        turned, squared = basis.T @ vectors, basis.square()

        def weights(ridge: float) -> Tensor:
            return basis @ (turned / (values + ridge)[:, None])

        def error(ridge: float) -> float:
            return float((weights(ridge) / (squared @ (1 / (values + ridge)))[:, None]).square().mean())

        return weights(min(RIDGES, key=error))
