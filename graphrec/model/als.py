r"""Least-squares vectors: what the network has learned of the items, refined by alternating least squares.

The loss is that of iALS (Hu et al. 2008) with the regularisation of Rendle et al. 2022 at :math:`ν = 1`, over the
target pairs :math:`S`:

.. math::

   \sum_{(u,i) ∈ S} (1 - w_u · v_i)^2 + α \sum_{u,i} (w_u · v_i)^2
   + λ \left( \sum_u (|S_u| + α n_I) \lVert w_u \rVert^2 + \sum_i (|S_i| + α n_U) \lVert v_i \rVert^2 \right)

Each half of a sweep is one round of messages along the behaviour edges whose receivers solve what reaches them instead
of averaging it. The items' vectors begin as those of the trained network, which has seen knowledge and content; the
users' are solved from what they did, whoever they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from graphrec.model.profiles import Interactions, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.cold_vectors import ColdItemPredictor

#: Deviation of inner products that the first vectors are brought to.
INIT = 0.1
#: Gathered vectors held at once: 64 MB.
BLOCK_ELEMENTS = 2**24
#: Users scored at once while the scale is measured.
_SAMPLE = 1024


class ALSFactors(nn.Module):
    """Scores by least-squares vectors, of unit deviation once :meth:`standardise` has been called.

    Parameters
    ----------
    items
        float32 ``[n_items, d]``.
    alpha, ridge
        The α and λ of the loss.
    iterations
        How many made them.
    """

    def __init__(self, items: Tensor, alpha: float, ridge: float, iterations: int) -> None:
        super().__init__()
        self.register_buffer("items", items)
        self.alpha, self.ridge, self.iterations, self.deviation = alpha, ridge, iterations, 1.0
        self._gram: Tensor | None = None

    @property
    def shape(self) -> tuple[float, float, int, float]:
        """α, λ, the sweeps, and the deviation that the scores are divided by."""
        return self.alpha, self.ridge, self.iterations, self.deviation

    def users(self, done: Interactions) -> Tensor:
        """Return the vectors ``[b, d]`` of users by what they did, zero for those who did nothing."""
        count = torch.zeros(len(done.offsets), device=done.weight.device).index_add(0, done.row, done.weight)
        size = done.row.bincount(minlength=len(done.offsets))
        # Weighted behaviours weigh as much together as equal ones: how strong the ridge is hangs on their number.
        weight = done.weight * (size / count.clamp(min=1e-12))[done.row]
        indptr = torch.cat([done.offsets, torch.tensor([len(done.item)], device=done.offsets.device)])
        items = self.get_buffer("items")
        if self._gram is None or self._gram.device != items.device:
            self._gram = self.alpha * items.T @ items
        return (
            solve(indptr, done.item, items, self.alpha, self.ridge, weight=weight, shared=self._gram) / self.deviation
        )

    def forward(self, done: Interactions) -> Tensor:
        """Return the scores ``[b, n_items]`` of users by what they did."""
        scores: Tensor = self.users(done) @ self.get_buffer("items").T
        return scores

    def standardise(self, deviation: float) -> None:
        """Divide all scores by their deviation."""
        self.deviation = max(deviation * self.deviation, 1e-12)

    def standardise_by(self, pairs: UserItemCSR, recency: float) -> None:
        """Divide all scores by the deviation of those of some users of ``pairs``."""
        users = pairs.indptr.diff().nonzero()[:, 0]
        self.standardise(float(self(pairs.interactions(users[:: max(1, len(users) // _SAMPLE)], recency)).std()))


def iterations(pairs: UserItemCSR, items: Tensor, alpha: float, ridge: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the users' and the items' vectors after each sweep, without end; the users' are solved from those items.

    Parameters
    ----------
    pairs
        The target pairs.
    items
        float32 ``[n_items, d]``: the first vectors.
    alpha, ridge
        The α and λ of the loss.
    """
    n_users, n_items = len(pairs.indptr) - 1, len(items)
    back = UserItemCSR.of_pairs(pairs.items, pairs.users, n_items, n_users)
    users = solve(pairs.indptr, pairs.items, items, alpha, ridge)
    while True:
        items = solve(back.indptr, back.items, users, alpha, ridge)
        users = solve(pairs.indptr, pairs.items, items, alpha, ridge)
        yield users, items


def refine(
    pairs: UserItemCSR, table: Tensor, alpha: float, ridge: float, n_iterations: int, predictor: ColdItemPredictor
) -> ALSFactors:
    """Return the vectors after some sweeps that begin with ``table``, float32 ``[n_items, d]``; cold ones filled."""
    made = iterations(pairs, first(table), alpha, ridge)
    _, items = next(islice(made, n_iterations - 1, None))
    return ALSFactors(predictor.fill(items), alpha, ridge, n_iterations)


def first(table: Tensor) -> Tensor:
    """Return the vectors that sweeps begin with: centred, their inner products small."""
    centred = table - table.mean(0)
    small: Tensor = centred * (INIT / table.shape[1] ** 0.5 / centred.std().clamp(min=1e-12))
    return small


def solve(
    indptr: Tensor,
    columns: Tensor,
    other: Tensor,
    alpha: float,
    ridge: float,
    nu: float = 1.0,
    weight: Tensor | None = None,
    shared: Tensor | None = None,
) -> Tensor:
    r"""Return the vectors ``[n_rows, d]`` that minimise the loss, those of the columns being given; 0 for empty rows.

    Row by row :math:`(α H^\top H + \sum_{i ∈ S} c_i h_i h_i^\top + λ (|S| + α n)^ν I)^{-1} \sum_{i ∈ S} c_i h_i`;
    rows of about the same length are solved together.

    Parameters
    ----------
    indptr, columns
        int64 ``[n_rows + 1]`` and ``[n]``: the rows :math:`S`.
    other
        float32 ``[n_columns, d]``.
    alpha, ridge, nu
        Of the loss.
    weight
        float32 ``[n]``: :math:`c`; 1 where absent.
    shared
        :math:`α H^\top H`, where it is known.
    """
    width, counts = other.shape[1], indptr.diff()
    ridges = ridge * (counts + alpha * len(other)).float() ** nu
    shared = alpha * other.T @ other if shared is None else shared
    found = torch.zeros(len(counts), width, device=other.device)
    order = counts.argsort()
    order = order[counts[order] > 0]
    lengths = counts[order].tolist()
    at = 0
    while at < len(order):
        # The longest of a block decides its width, so it is sized from its far end.
        step = max(1, min(BLOCK_ELEMENTS // (width * width), len(order) - at))
        while step > 1 and step * lengths[at + step - 1] * width > BLOCK_ELEMENTS:
            step //= 2
        block = order[at : at + step]
        at += step
        place = torch.arange(int(counts[block].max()), device=other.device)
        inside = place < counts[block, None]
        pair = (indptr[block, None] + place).clamp(max=len(columns) - 1)
        vectors = other[columns[pair]] * inside[..., None]
        told = vectors if weight is None else vectors * weight[pair][..., None]
        gram = told.transpose(1, 2) @ vectors + shared
        gram.diagonal(dim1=1, dim2=2).add_(ridges[block, None])
        found[block] = torch.linalg.solve(gram, told.sum(1))
    return found
