r"""ALS vectors: the network's item vectors, refined by alternating least squares.

The loss is that of iALS (Hu et al. 2008) with the regularisation of Rendle et al. 2022 at :math:`ν = 1`, over the
target pairs :math:`S`:

.. math::

   \sum_{(u,i) ∈ S} (1 - w_u · v_i)^2 + α \sum_{u,i} (w_u · v_i)^2
   + λ \left( \sum_u (|S_u| + α n_I) \lVert w_u \rVert^2 + \sum_i (|S_i| + α n_U) \lVert v_i \rVert^2 \right)

Each half of an iteration is one round of messages along the behaviour edges in which each receiver solves a
least-squares problem instead of averaging. The item vectors start from those of the trained network, which has used
knowledge and content; user vectors are solved from interactions, for any user.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from graphrec.model.profiles import Interactions, UserItemCSR

if TYPE_CHECKING:
    from graphrec.model.cold_vectors import ColdItemPredictor

#: Standard deviation of inner products that the initial vectors are scaled to.
INIT = 0.1
#: Gathered vectors in memory at once: 64 MB.
BLOCK_ELEMENTS = 2**24
#: Largest size of a block of rows, as a multiple of what its rows hold.
_FILLED = 1.5
#: Users scored at once to measure the scale.
_SAMPLE = 1024


class ALSFactors(nn.Module):
    """Scores by ALS vectors, of unit deviation once :meth:`standardise` has been called.

    Parameters
    ----------
    items
        float32 ``[n_items, d]``.
    alpha, ridge
        The α and λ of the loss.
    iterations
        Number of iterations behind the vectors.
    """

    def __init__(self, items: Tensor, alpha: float, ridge: float, iterations: int) -> None:
        super().__init__()
        self.register_buffer("items", items)
        self.alpha, self.ridge, self.iterations, self.deviation = alpha, ridge, iterations, 1.0
        self._gram: Tensor | None = None

    @property
    def shape(self) -> tuple[float, float, int, float]:
        """α, λ, the number of iterations, and the deviation that scores are divided by."""
        return self.alpha, self.ridge, self.iterations, self.deviation

    def users(self, done: Interactions) -> Tensor:
        """Return the vectors ``[b, d]`` of users from their interactions, zero for those without any."""
        count = torch.zeros(len(done.offsets), device=done.weight.device).index_add(0, done.row, done.weight)
        size = done.row.bincount(minlength=len(done.offsets))
        # Weighted behaviours together weigh as much as equal ones: the strength of the ridge depends on their number.
        weight = done.weight * (size / count.clamp(min=1e-12))[done.row]
        indptr = torch.cat([done.offsets, torch.tensor([len(done.item)], device=done.offsets.device)])
        items = self.get_buffer("items")
        if self._gram is None or self._gram.device != items.device:
            self._gram = self.alpha * items.T @ items
        return (
            solve(indptr, done.item, items, self.alpha, self.ridge, weight=weight, shared=self._gram) / self.deviation
        )

    def forward(self, done: Interactions) -> Tensor:
        """Return the scores ``[b, n_items]`` of users from their interactions."""
        scores: Tensor = self.users(done) @ self.get_buffer("items").T
        return scores

    def standardise(self, deviation: float) -> None:
        """Divide all scores by their deviation."""
        self.deviation = max(deviation * self.deviation, 1e-12)

    def standardise_by(self, pairs: UserItemCSR, recency: float) -> None:
        """Divide all scores by their deviation over a sample of the users of ``pairs``."""
        users = pairs.indptr.diff().nonzero()[:, 0]
        self.standardise(float(self(pairs.interactions(users[:: max(1, len(users) // _SAMPLE)], recency)).std()))


def iterations(pairs: UserItemCSR, items: Tensor, alpha: float, ridge: float) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield user and item vectors after each iteration, without end; the user vectors are solved from those items.

    Parameters
    ----------
    pairs
        The target pairs.
    items
        float32 ``[n_items, d]``: the initial vectors.
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
    """Return the vectors after some iterations from ``table``, float32 ``[n_items, d]``; cold ones are predicted."""
    made = iterations(pairs, first(table), alpha, ridge)
    _, items = next(islice(made, n_iterations - 1, None))
    return ALSFactors(predictor.fill(items), alpha, ridge, n_iterations)


def first(table: Tensor) -> Tensor:
    """Return the initial vectors: centred, with small inner products."""
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
    r"""Return the vectors ``[n_rows, d]`` that minimise the loss for given column vectors; 0 for empty rows.

    Row by row :math:`(α H^\top H + \sum_{i ∈ S} c_i h_i h_i^\top + λ (|S| + α n)^ν I)^{-1} \sum_{i ∈ S} c_i h_i`;
    rows of similar length are solved together.

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
        :math:`α H^\top H`, if precomputed.
    """
    width, counts = other.shape[1], indptr.diff()
    ridges = ridge * (counts + alpha * len(other)).float() ** nu
    shared = alpha * other.T @ other if shared is None else shared
    found = torch.zeros(len(counts), width, device=other.device)
    order = counts.argsort()
    order = order[counts[order] > 0]
    lengths = counts[order].tolist()
    ends, at = [0, *accumulate(lengths)], 0
    while at < len(order):
        # The longest row of a block decides its width, so the block is sized from its far end: by memory, and so that
        # at most a third of it is filling.
        step = max(1, min(BLOCK_ELEMENTS // (width * width), len(order) - at))
        while step > 1 and (
            (size := step * lengths[at + step - 1]) * width > BLOCK_ELEMENTS
            or size > _FILLED * (ends[at + step] - ends[at])
        ):
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
