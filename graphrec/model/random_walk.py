r"""``SIMILAR`` edges by random walks item → user → item with a popularity penalty, as in RP³β (Paudel et al. 2017).

.. math:: W = (D_I^{-1} X^\top)^{∘α} (D_U^{-1} X)^{∘α} \mathrm{diag}(n)^{-β}

with :math:`n` the items' numbers of users and powers taken entry by entry (α = 1 is the walk itself). Each item keeps
its k strongest targets.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse import csr_array, diags_array
from torch import Tensor

#: Similarities in memory at once: 64 MB.
BLOCK_ELEMENTS = 2**24


def strongest(
    left: csr_array, right: csr_array, k: int, change: Callable[[Tensor, slice], Tensor]
) -> tuple[Tensor, Tensor]:
    """Return the k largest entries of each row of ``left @ right``, without the diagonal.

    Parameters
    ----------
    left, right
        ``[n_items, n_users]`` and ``[n_users, n_items]``.
    k
        Number of entries; fewer if there are fewer items.
    change
        Maps a dense block of rows, and which rows they are, to the entries to compare.

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
    """Return the kept entries as a sparse ``[n_items, n_items]``; only positive ones."""
    n_items, k = values.shape
    values = values.clamp(min=0)
    offsets = np.arange(n_items + 1) * k
    weights = csr_array((values.numpy().ravel(), columns.numpy().ravel(), offsets), shape=(n_items, n_items))
    weights.eliminate_zeros()
    return weights


def walks(train: csr_array, k: int, alpha: float, beta: float) -> csr_array:
    """Return ``W`` cut to each row's k strongest, sparse ``[n_items, n_items]``.

    Parameters
    ----------
    train
        Ones, ``[n_users, n_items]``.
    k
        Targets per item.
    alpha, beta
        Of the formula.
    """
    of_users = np.maximum(train.sum(axis=1), 1).astype(np.float32)
    of_items = np.maximum(train.sum(axis=0), 1).astype(np.float32)
    to_items = csr_array(diags_array(of_users**-alpha) @ train).astype(np.float32)
    to_users = csr_array(diags_array(of_items**-alpha) @ train.T).astype(np.float32)
    held = torch.from_numpy(of_items**-beta)

    def ends(block: Tensor, part: slice) -> Tensor:
        return block * held

    return by_row(*strongest(to_users, to_items, k, ends))
