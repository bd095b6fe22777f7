"""Item-to-item models that keep a few neighbours: blocks of a sparse product, cut to the strongest, stay sparse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.benchmark.peer import Score

#: Similarities held dense at once: 64 MB.
BLOCK_ELEMENTS = 2**24


def strongest(
    left: csr_array, right: csr_array, k: int, change: Callable[[Tensor, slice], Tensor]
) -> tuple[Tensor, Tensor]:
    """Return the k largest entries of each row of ``left @ right``, the diagonal left out.

    Parameters
    ----------
    left, right
        ``[n_items, n_users]`` and ``[n_users, n_items]``.
    k
        How many; fewer where there are fewer items.
    change
        A dense block of rows, and which → the entries to compare.

    Returns
    -------
    tuple
        Values float32 ``[n_items, k]`` and columns int64.
    """
    n_items = left.shape[0]
    k = min(k, n_items - 1)
    step = max(1, BLOCK_ELEMENTS // n_items)
    values, columns = [], []
    for start in range(0, n_items, step):
        part = slice(start, min(start + step, n_items))
        block = change(torch.from_numpy((left[part] @ right).toarray()), part)
        rows = torch.arange(len(block))
        block[rows, rows + start] = -1
        best = block.topk(k, dim=1)
        values.append(best.values)
        columns.append(best.indices)
    return torch.cat(values), torch.cat(columns)


def by_row(values: Tensor, columns: Tensor) -> csr_array:
    """Return what each row kept, as a sparse ``[n_items, n_items]``; what is not above 0 is not kept."""
    n_items, k = values.shape
    values = values.clamp(min=0)
    offsets = np.arange(n_items + 1) * k
    weights = csr_array((values.numpy().ravel(), columns.numpy().ravel(), offsets), shape=(n_items, n_items))
    weights.eliminate_zeros()
    return weights


def along(train: csr_array, weights: csr_array) -> Score:
    """Return what sums, for each item, the weights that lead to it from the user's items."""
    return lambda users: torch.from_numpy((train[users.numpy()] @ weights).toarray())
