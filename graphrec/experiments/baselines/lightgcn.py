"""LightGCN (He et al. 2020): PyG's own model and BPR loss, trained on all training pairs.

Only the product with the adjacency matrix is not PyG's: the backward pass of
:class:`graphrec.model.sparse_conv.Adjacency` is much faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.pyg import LGConv
from graphrec.common.pyg import LightGCN as Model
from graphrec.experiments.baselines.base import BaselineInputs, Fitted, Validate
from graphrec.experiments.baselines.early_stopping import Factors, stopped, warm_up
from graphrec.experiments.baselines.random_search import OneOf, Real, Setting, Space
from graphrec.model.sparse_conv import Adjacency

BATCH = 8192
#: Most validation checks, epochs between them, and checks without improvement before the end.
LOOKS, EVERY, PATIENCE = 100, 4, 5


class LightGCN:
    """PyG's model, one training per setting; the number of epochs by early stopping."""

    space: ClassVar[Space] = {
        "layers": OneOf((1, 2, 3, 4)),
        "regularisation": Real(3e-5, 3e-3, log=True),
        "dim": OneOf((64, 128)),
        "lr": Real(0.005, 0.05, log=True),
    }
    #: The authors' values, except for a learning rate that suits the larger batches.
    defaults: ClassVar[Setting] = {"layers": 3, "regularisation": 1e-4, "dim": 64, "lr": 0.005}
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: BaselineInputs) -> None:
        self.shape = given.train.shape
        self.pairs = sorted_pairs(given.train)
        self.adjacency = normalised_adjacency(given.train)

    def fit(self, setting: Setting, seed: int, validate: Validate) -> Fitted:
        """Train until validation stops improving."""
        least = warm_up(len(self.pairs), BATCH, EVERY)
        return stopped(self._train(setting, seed), validate, PATIENCE, "epochs", EVERY, least)

    def _train(self, setting: Setting, seed: int) -> Iterator[Factors]:
        """Train on all pairs; the seed determines the initial embeddings, the order and the negatives."""
        (n_users, n_items), layers = self.shape, int(setting["layers"])
        draw = torch.Generator().manual_seed(seed)
        with torch.random.fork_rng(devices=[]):  # PyG initialises from the global generator
            torch.manual_seed(seed)
            model = Model(n_users + n_items, int(setting["dim"]), layers)
        model.convs = torch.nn.ModuleList(_Conv(self.adjacency) for _ in range(layers))
        optimiser = torch.optim.Adam(model.parameters(), lr=setting["lr"])
        for epoch in range(1, LOOKS * EVERY + 1):
            for batch in torch.split(torch.randperm(len(self.pairs), generator=draw), BATCH):
                user, item = self.pairs[batch] // n_items, self.pairs[batch] % n_items
                nodes = torch.cat([user, item + n_users, not_done(self.pairs, user, n_items, draw) + n_users])
                u, i, j = model.get_embedding(self.adjacency.matrix).index_select(0, nodes).chunk(3)
                loss = model.recommendation_loss((u * i).sum(1), (u * j).sum(1), nodes, setting["regularisation"])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            if epoch % EVERY == 0:
                with torch.no_grad():
                    users, items = model.get_embedding(self.adjacency.matrix).split([n_users, n_items])
                yield users, items


class _Conv(LGConv):  # type: ignore[misc]  # PyG is untyped
    """LGConv over a normalised adjacency."""

    def __init__(self, adjacency: Adjacency) -> None:
        super().__init__(normalize=False)
        self.adjacency = adjacency

    def message_and_aggregate(self, adj_t: Tensor, x: Tensor) -> Tensor:
        product: Tensor = self.adjacency(x)
        return product


def normalised_adjacency(train: csr_array) -> Adjacency:
    """Return D^-½ A D^-½ of the bipartite graph, users first, then items."""
    n_users, n_items = train.shape
    users, items = (torch.from_numpy(x.astype(np.int64)) for x in train.nonzero())
    source, target = torch.cat([users, items + n_users]), torch.cat([items + n_users, users])
    degree = torch.bincount(source, minlength=n_users + n_items).float()
    weight = (degree[source] * degree[target]).rsqrt()
    return Adjacency(source, target, weight, (n_users + n_items, n_users + n_items))


def sorted_pairs(train: csr_array) -> Tensor:
    """Return user · n_items + item of each training pair, int64, ascending."""
    users, items = (torch.from_numpy(x.astype(np.int64)) for x in train.nonzero())
    pairs: Tensor = (users * train.shape[1] + items).sort().values
    return pairs


def not_done(pairs: Tensor, users: Tensor, n_items: int, draw: torch.Generator) -> Tensor:
    """Return one random item per user that is not among the sorted ``pairs`` (user · n_items + item).

    A user with nearly all items may still get one of their own after ten draws.
    """
    items = torch.randint(n_items, users.shape, generator=draw)
    for _ in range(10):
        asked = users * n_items + items
        done = pairs[torch.searchsorted(pairs, asked).clamp(max=len(pairs) - 1)] == asked
        if not done.any():
            break
        items[done] = torch.randint(n_items, (int(done.sum()),), generator=draw)
    return items
