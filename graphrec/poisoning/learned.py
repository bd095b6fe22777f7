r"""The learned attack: profiles chosen by gradients of a recommender in closed form.

The surrogate is EASE (Steck 2019), with :math:`P = (X^\top X + λI)^{-1}` of the real profiles :math:`X`. Fake profiles
:math:`F` change it by a matrix of low rank, so that the target's column is exact at a small cost (Woodbury):

.. math:: p_t = P_t - P F^\top (I + F P F^\top)^{-1} F P_t, \quad b_t = -p_t / p_{tt}

The loss is how far the target's score :math:`X b_t` stays below the last place of each user's list. Its gradient with
respect to :math:`F` moves a number for each profile and item; a profile is the items with the highest numbers. This is
the projected gradient of Li et al. (2016) and of later attacks through a surrogate, on one that is solved and not
unrolled.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.errors import InputError

#: The ridge of the surrogate (RecBole's default of EASE), the list to enter, steps, and the size of a step.
RIDGE, DEPTH, STEPS, RATE = 250.0, 10, 25, 0.5
#: Above this number of items the dense matrix is too large.
MOST_ITEMS = 10_000


class Surrogate:
    """EASE on the real profiles.

    Parameters
    ----------
    pairs
        The real profiles, csr ``[n_users, n_items]``.

    Raises
    ------
    InputError
        There are too many items.
    """

    def __init__(self, pairs: csr_array) -> None:
        n_items = pairs.shape[1]
        if n_items > MOST_ITEMS:
            raise InputError(
                f"the learned attack needs a matrix of {n_items:,} × {n_items:,} items; {MOST_ITEMS:,} is the most",
                hint="leave it out: --attacks random,average,bandwagon,segment",
            )
        gram = torch.from_numpy((pairs.T @ pairs).toarray()).double()
        gram.diagonal().add_(RIDGE)
        self._inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram)).float()
        self._users = torch.from_numpy(pairs.toarray()).float()
        weights = -self._inverse / self._inverse.diagonal()
        weights.fill_diagonal_(0)
        scores = (self._users @ weights).masked_fill_(self._users > 0, -torch.inf)
        self._last = scores.topk(min(DEPTH, n_items), dim=1).values[:, -1]
        self._last[self._last.isinf()] = 0
        self._popularity = self._users.sum(0)

    def profiles(self, target: int, lengths: NDArray[np.int64], rng: np.random.Generator) -> csr_array:
        """Return fake profiles of some lengths, csr ``[len(lengths), n_items]``."""
        noise = torch.from_numpy(rng.gumbel(size=(len(lengths), len(self._popularity)))).float()
        wish = (self._popularity + 1).log() + noise
        wish[:, target] = torch.inf
        longest, kept = int(lengths.max()), torch.from_numpy(lengths)[:, None]
        best, found = float("inf"), torch.zeros_like(wish)
        for _ in range(STEPS):
            top = wish.topk(longest, dim=1).indices
            fake = torch.zeros_like(wish).scatter_(1, top, (torch.arange(longest) < kept).float())
            fake.requires_grad_()
            loss = self._loss(fake, target)
            if float(loss.detach()) < best:
                best, found = float(loss.detach()), fake.detach()
            (slope,) = torch.autograd.grad(loss, [fake])
            slope = slope / slope.std(dim=1, keepdim=True).clamp(min=1e-12)
            wish -= RATE * slope
            wish[:, target] = torch.inf
        return csr_array(found.numpy())

    def loss(self, fake: csr_array, target: int) -> float:
        """Return the loss of fake profiles, csr ``[n_fake, n_items]``: low if the target is near many lists."""
        return float(self._loss(torch.from_numpy(fake.toarray()).float(), target))

    def _loss(self, fake: Tensor, target: int) -> Tensor:
        """Return how far the target is below the lists of those who do not have it."""
        through = fake @ self._inverse
        inner = torch.eye(len(fake)) + through @ fake.T
        column = self._inverse[:, target] - through.T @ torch.linalg.solve(inner, through[:, target])
        outside = torch.arange(len(column)) != target
        scores = self._users @ (-column / column[target] * outside)
        new = self._users[:, target] == 0
        gap = (self._last - scores)[new] / self._last.std().clamp(min=1e-6)
        return torch.nn.functional.softplus(4 * gap).mean()
