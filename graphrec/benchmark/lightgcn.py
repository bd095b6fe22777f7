"""LightGCN (He et al. 2020): PyG's own model and BPR loss, trained on all pairs of the training part.

Only the product with the adjacency matrix is not PyG's: :class:`graphrec.model.propagate.Adjacency` has a much faster
backward pass.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from itertools import product
from typing import ClassVar

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch_geometric.nn.conv import LGConv
from torch_geometric.nn.models import LightGCN as Model

from graphrec.benchmark.peer import Fitted, Given, Settings, Validate
from graphrec.benchmark.search import OneOf, Real, Setting, Space
from graphrec.model.propagate import Adjacency

BATCH = 8192
EPOCHS = 400
#: Epochs between two looks at validation, and looks without a better one before the end.
EVERY = 4
PATIENCE = 5


@dataclass(frozen=True)
class Choice:
    """What is chosen on validation; the number of epochs is, too, by early stopping."""

    layers: int
    regularisation: float
    dim: int = 64
    lr: float = 0.02


#: First layers and regularisation together, then each of these changes to the best so far.
GRID = tuple(Choice(layers, regularisation) for layers, regularisation in product((1, 2, 3), (1e-4, 1e-3)))
CHANGES: tuple[dict[str, float | int], ...] = ({"dim": 128}, {"lr": 0.01})


class LightGCN:
    """LightGCN with BPR, tuned on validation.

    Parameters
    ----------
    seed
        Of the initial embeddings, the order of the pairs and the negatives.
    grid, changes
        What is tried: first each of the grid, then each change to the best so far.
    """

    def __init__(
        self, seed: int = 0, grid: tuple[Choice, ...] = GRID, changes: tuple[dict[str, float | int], ...] = CHANGES
    ) -> None:
        self.settings: dict[str, Setting] = {}
        self.seed = seed
        self.grid = grid
        self.changes = changes
        self.embeddings = torch.empty(0)
        self.n_users = 0

    def fit(self, train: csr_array, validate: Validate) -> None:
        """Train every choice and keep the embeddings of the best epoch of the best."""
        self.n_users = train.shape[0]
        adjacency = normalised_adjacency(train)
        best, embeddings, chosen = -1.0, self.embeddings, self.grid[0]
        tries: list[Choice | dict[str, float | int]] = [*self.grid, *self.changes]
        for attempt in tries:
            choice = attempt if isinstance(attempt, Choice) else replace(chosen, **attempt)  # type: ignore[arg-type]
            found, epoch = self._train(train, adjacency, choice, validate)
            if found > best:
                best, embeddings, chosen = found, self.embeddings, choice
                self.settings = asdict(choice) | {"epochs": epoch}
        self.embeddings = embeddings

    def score(self, users: Tensor) -> Tensor:
        """Return float32 ``[b, n_items]``."""
        return self.embeddings[users] @ self.embeddings[self.n_users :].T

    def _train(self, train: csr_array, adjacency: Adjacency, choice: Choice, validate: Validate) -> tuple[float, int]:
        """Train once, leave the best epoch's ``embeddings``, and return its validation NDCG@10 and number."""
        n_users, n_items = train.shape
        users, items = (torch.from_numpy(x.astype(np.int64)) for x in train.nonzero())
        pairs = (users * n_items + items).sort().values
        draw = torch.Generator().manual_seed(self.seed)
        with torch.random.fork_rng(devices=[]):  # PyG initialises from the global generator
            torch.manual_seed(self.seed)
            model = Model(n_users + n_items, choice.dim, choice.layers)
        model.convs = torch.nn.ModuleList(_Conv(adjacency) for _ in range(choice.layers))
        optimiser = torch.optim.Adam(model.parameters(), lr=choice.lr)
        best, best_epoch, best_embeddings = -1.0, 0, self.embeddings
        for epoch in range(1, EPOCHS + 1):
            for batch in torch.split(torch.randperm(len(pairs), generator=draw), BATCH):
                user, item = pairs[batch] // n_items, pairs[batch] % n_items
                nodes = torch.cat([user, item + n_users, not_done(pairs, user, n_items, draw) + n_users])
                u, i, j = model.get_embedding(adjacency.matrix).index_select(0, nodes).chunk(3)
                loss = model.recommendation_loss((u * i).sum(1), (u * j).sum(1), nodes, choice.regularisation)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            if epoch % EVERY == 0:
                with torch.no_grad():
                    self.embeddings = model.get_embedding(adjacency.matrix)
                found = validate(self.score)
                if found > best:
                    best, best_epoch, best_embeddings = found, epoch, self.embeddings
                elif epoch - best_epoch >= EVERY * PATIENCE:
                    break
        self.embeddings = best_embeddings
        return best, best_epoch


class TunedLightGCN:
    """One training a setting, as :class:`LightGCN` does it."""

    space: ClassVar[Space] = {
        "layers": OneOf((1, 2, 3, 4)),
        "regularisation": Real(3e-5, 3e-3, log=True),
        "dim": OneOf((64, 128)),
        "lr": Real(0.005, 0.05, log=True),
    }
    seeded: ClassVar[bool] = True
    needs: ClassVar[str | None] = None

    def __init__(self, given: Given) -> None:
        self.train = given.train

    def fit(self, settings: Settings, seed: int, validate: Validate) -> Fitted:
        """Train until validation stops improving."""
        choice = Choice(int(settings["layers"]), settings["regularisation"], int(settings["dim"]), lr=settings["lr"])
        model = LightGCN(seed, grid=(choice,), changes=())
        model.fit(self.train, validate)
        return Fitted(model.score, {"epochs": model.settings["epochs"]})


class _Conv(LGConv):  # type: ignore[misc]  # PyG is untyped
    """LGConv over an adjacency that is normalised already."""

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


def not_done(pairs: Tensor, users: Tensor, n_items: int, draw: torch.Generator) -> Tensor:
    """Return one random item for each user that is not among the sorted ``pairs`` (user · n_items + item).

    Whoever did nearly everything may keep one that is, after ten draws.
    """
    items = torch.randint(n_items, users.shape, generator=draw)
    for _ in range(10):
        asked = users * n_items + items
        done = pairs[torch.searchsorted(pairs, asked).clamp(max=len(pairs) - 1)] == asked
        if not done.any():
            break
        items[done] = torch.randint(n_items, (int(done.sum()),), generator=draw)
    return items
