"""ItemKNN: items like those the user did (Deshpande and Karypis 2004; shrinkage after Bell and Koren 2007)."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.benchmark.peer import Setting, Validate

NEIGHBOURS = (10, 20, 50, 100, 200, 400)
SHRINKAGE = (0.0, 10.0, 50.0, 100.0)
#: Similarities held dense at once: 64 MB.
BLOCK_ELEMENTS = 2**24


class ItemKNN:
    """Score = sum of the similarities between an item's k nearest neighbours and the user's items.

    Similarity = users of both / (√(users of one · users of the other) + shrinkage).
    """

    def __init__(self) -> None:
        self.settings: dict[str, Setting] = {}
        self.train = csr_array((0, 0), dtype=np.float32)
        self.weights = csr_array((0, 0), dtype=np.float32)

    def fit(self, train: csr_array, validate: Validate) -> None:
        """Choose the number of neighbours and the shrinkage on validation, from a small grid."""
        self.train = train
        best = (-1.0, self.weights, self.settings)
        for shrinkage in SHRINKAGE:
            values, neighbours = nearest_items(train, max(NEIGHBOURS), shrinkage)
            for k in NEIGHBOURS:
                self.weights = _weights(values[:, :k], neighbours[:, :k])
                found = validate(self.score)
                if found > best[0]:
                    best = (found, self.weights, {"k": k, "shrinkage": shrinkage})
                if k >= values.shape[1]:
                    break  # the catalogue is smaller than the next k
        _, self.weights, self.settings = best

    def score(self, users: Tensor) -> Tensor:
        """Return float32 ``[b, n_items]``."""
        return torch.from_numpy((self.train[users.numpy()] @ self.weights).toarray())


def nearest_items(train: csr_array, k: int, shrinkage: float) -> tuple[Tensor, Tensor]:
    """Return each item's most similar other items: similarities float32 ``[n_items, k]``, and which, int64.

    Fewer columns where there are fewer items.
    """
    by_item = csr_array(train.T)
    norms = torch.from_numpy(np.sqrt(by_item.sum(axis=1), dtype=np.float32))
    n_items = train.shape[1]
    k = min(k, n_items - 1)
    step = max(1, BLOCK_ELEMENTS // n_items)
    values, neighbours = [], []
    for start in range(0, n_items, step):
        together = torch.from_numpy((by_item[start : start + step] @ train).toarray())
        rows = torch.arange(len(together))
        # An item without users has no similarity: 0 / tiny = 0.
        similar = together / (norms[start : start + step, None] * norms + shrinkage).clamp(min=1e-9)
        similar[rows, rows + start] = -1
        best = similar.topk(k, dim=1)
        values.append(best.values)
        neighbours.append(best.indices)
    return torch.cat(values), torch.cat(neighbours)


def _weights(values: Tensor, neighbours: Tensor) -> csr_array:
    """Return the similarities as ``[n_items (of the user), n_items (to score)]``."""
    n_items, k = values.shape
    columns = np.repeat(np.arange(n_items), k)
    entries = (values.numpy().ravel(), (neighbours.numpy().ravel(), columns))
    weights = csr_array(entries, shape=(n_items, n_items))
    weights.eliminate_zeros()
    return weights
