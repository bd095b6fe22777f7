r"""VBPR: BPR with item content (He and McAuley 2016).

.. math::

   \mathrm{score}(u, i) = β_i + γ_u γ_i + θ_u (E f_i) + β' f_i

with :math:`f_i` the concatenated vectors of all modalities. Implemented here, because the library that has it draws
negatives in a Python loop: seven seconds per epoch on MovieLens-100K.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid

from graphrec.experiments.baselines.base import BaselineInputs, CannotError, Fitted, Validate
from graphrec.experiments.baselines.early_stopping import Factors, stopped, warm_up
from graphrec.experiments.baselines.lightgcn import not_done, sorted_pairs
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space

BATCH = 4096
#: Most validation checks, epochs between them, and checks without improvement before the end.
LOOKS, EVERY, PATIENCE = 40, 4, 3
#: Standard deviation of the initial factors.
INIT = 0.01


class VBPR:
    """Half of the factors are the items' own, half come from their content; epochs by early stopping."""

    space: ClassVar[Space] = {
        "factors": OneOf((32, 64, 128)),
        "lr": Real(0.002, 0.05, log=True),
        "regularisation": Real(1e-4, 0.1, log=True),
    }
    #: The library Cornac's values, with more factors.
    defaults: ClassVar[Setting] = {"factors": 64, "lr": 0.005, "regularisation": 0.01}
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = "content"

    def __init__(self, given: BaselineInputs) -> None:
        if not given.content:
            raise CannotError("no item has a content vector")
        self.shape = given.train.shape
        self.pairs = sorted_pairs(given.train)
        self.features = torch.from_numpy(np.concatenate(list(given.content.values()), axis=1))

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Train until validation stops improving."""
        least = warm_up(len(self.pairs), BATCH, EVERY)
        return stopped(self._train(setting, seed), validate, PATIENCE, "epochs", EVERY, least)

    def _train(self, setting: Setting, seed: int) -> Iterator[Factors]:
        draw = torch.Generator().manual_seed(seed)
        model = _Factors(self.shape, self.features, int(setting["factors"]) // 2, draw)
        optimiser = torch.optim.Adam(model.parameters(), lr=setting["lr"])
        for epoch in range(1, LOOKS * EVERY + 1):
            for batch in torch.split(torch.randperm(len(self.pairs), generator=draw), BATCH):
                user, item = self.pairs[batch] // self.shape[1], self.pairs[batch] % self.shape[1]
                other = not_done(self.pairs, user, self.shape[1], draw)
                loss = model.loss(user, item, other, setting["regularisation"])
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
            if epoch % EVERY == 0:
                with torch.no_grad():
                    found = model.vectors()
                yield found


class _Factors(nn.Module):
    """The trained parameters; ``width`` factors of either kind."""

    def __init__(self, shape: tuple[int, int], features: Tensor, width: int, draw: torch.Generator) -> None:
        super().__init__()
        self.features = features
        self.user, self.item = _normal(shape[0], 2 * width, draw), _normal(shape[1], width, draw)
        self.embed = _normal(features.shape[1], width, draw)
        self.tilt = nn.Parameter(torch.zeros(features.shape[1], 1))
        self.bias = nn.Parameter(torch.zeros(shape[1], 1))

    def represent(self, items: Tensor) -> Tensor:
        """Return own factors, content factors and bias, ``[b, 2 · width + 1]``."""
        features = self.features[items]
        return torch.cat([self.item[items], features @ self.embed, self.bias[items] + features @ self.tilt], 1)

    def loss(self, user: Tensor, done: Tensor, other: Tensor, regularisation: float) -> Tensor:
        """Return the mean BPR loss plus the regularisation of the vectors involved."""
        distinct, place = torch.unique(torch.stack([done, other]), return_inverse=True)
        users, (one, two) = self.user[user], self.represent(distinct)[place]
        margin = (users * (one - two)[:, :-1]).sum(1) + (one - two)[:, -1]
        norms = users.square().sum(1) + one.square().sum(1) + two.square().sum(1)
        mean: Tensor = (regularisation * norms / 2 - logsigmoid(margin)).mean()
        return mean

    def vectors(self) -> tuple[Tensor, Tensor]:
        """Return user and item vectors ``[n, 2 · width + 1]`` whose inner product is the score."""
        users = torch.cat([self.user, torch.ones(len(self.user), 1)], 1)
        return users.detach().clone(), self.represent(torch.arange(len(self.bias))).detach()


def _normal(rows: int, columns: int, draw: torch.Generator) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns, generator=draw) * INIT)
