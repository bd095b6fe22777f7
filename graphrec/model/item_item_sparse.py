r"""``SIMILAR`` edges in closed form for catalogues too large for a dense matrix: each item has a small support.

For item :math:`j` with the support :math:`S_j`, the :math:`k` items nearest to it by cosine of the rows,

.. math:: B_{S_j j} = (G_{S_j S_j} + Λ_{S_j})^{-1} G_{S_j j}

with :math:`G` (without content) and the ridge :math:`Λ` of :mod:`graphrec.model.item_item`: EASE (Steck 2019) regressed
on the support alone, which costs :math:`k^3` per item instead of :math:`n^3` in all.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack
from torch import Tensor, nn

from graphrec.graph.typed import Typed
from graphrec.model.entity_rows import entity_rows
from graphrec.model.item_edges import matrix_of, send
from graphrec.model.item_item import ItemItemConfig, row_weights
from graphrec.model.profiles import Interactions, UserItemCSR

#: Items per support.
SUPPORT = 100
#: Items whose supports are found and solved at once.
_BLOCK = 256
#: Users scored at once to measure the scale.
_SAMPLE = 256


class SparseItemItem(nn.Module):
    """Scores along sparse ``SIMILAR`` edges, of unit deviation.

    Parameters
    ----------
    weights
        float32 ``[n_items (of the user), n_items (to score)]``.
    alpha
        Exponent of the user's degree.
    pairs
        The target pairs that the weights were fitted to.
    """

    def __init__(self, weights: csr_array, alpha: float, pairs: UserItemCSR) -> None:
        super().__init__()
        self.alpha = alpha
        for name, value in {"indptr": weights.indptr, "targets": weights.indices}.items():
            self.register_buffer(name, torch.from_numpy(value.astype(np.int64)), persistent=False)
        self.register_buffer("weights", torch.from_numpy(weights.data.astype(np.float32)), persistent=False)
        users = pairs.indptr.diff().nonzero()[:, 0]
        users = users[:: max(1, len(users) // _SAMPLE)]
        self.get_buffer("weights").div_(max(float(self(pairs.interactions(users)).std()), 1e-6))

    def forward(self, done: Interactions) -> Tensor:
        """Return the scores ``[b, n_items]`` of users from their interactions."""
        return send(self.edges(), done, done.normal(self.alpha))

    def weighed(self) -> csr_array:
        """Return the weights divided by the deviation of the scores, ``[n_items, n_items]``."""
        indptr, targets, weights = (self.get_buffer(name).cpu().numpy() for name in ("indptr", "targets", "weights"))
        return csr_array((weights, targets, indptr), shape=(len(indptr) - 1, len(indptr) - 1))

    def edges(self) -> Tensor:
        """Return the weights as a CSR matrix ``[n_items, n_items]``."""
        indptr, targets, weights = (self.get_buffer(name) for name in ("indptr", "targets", "weights"))
        return matrix_of(indptr, targets, weights, len(indptr) - 1)


def fit_support(
    data: Typed, pairs: UserItemCSR, config: ItemItemConfig, knowledge: bool, k: int = SUPPORT
) -> csr_array:
    """Return the weights ``[n_items (of the user), n_items (to score)]``, at most ``k`` per item to score.

    Parameters
    ----------
    data
        The training graph, for its knowledge.
    pairs
        The target pairs of each user.
    config
        Settings of the edges; their content is not used here.
    knowledge
        Whether to use knowledge edges.
    k
        Size of the supports.
    """
    n_items = int(data["item"].num_nodes)
    behaviour = pairs.matrix(n_items, row_weights(pairs.indptr, config.alpha)[pairs.users])
    popularity = np.asarray(behaviour.power(2).sum(axis=0))
    parts = [behaviour]
    if knowledge and config.knowledge:
        parts += [rows * np.float32(np.sqrt(config.knowledge)) for rows in entity_rows(data)]
    rows = csc_array(vstack(parts))
    ridge = config.ridge + config.dropout / (1 - config.dropout) * popularity
    columns, sources, values = [], [], []
    for start, support in _supports(rows, k):
        for column, near in enumerate(support, start):
            if len(near) == 0:
                continue
            around = rows[:, near]
            gram = (around.T @ around).toarray()
            gram[np.diag_indices(len(near))] += ridge[near]
            aimed = np.asarray((around.T @ rows[:, [column]]).toarray())[:, 0]
            values.append(np.linalg.solve(gram.astype(np.float64), aimed.astype(np.float64)).astype(np.float32))
            sources.append(near)
            columns.append(np.full(len(near), column))
    if not values:
        return csr_array((n_items, n_items), dtype=np.float32)
    where = (np.concatenate(sources), np.concatenate(columns))
    return csr_array((np.concatenate(values), where), shape=(n_items, n_items))


def _supports(rows: csc_array, k: int) -> Iterator[tuple[int, list[NDArray[np.int64]]]]:
    """Yield, block by block, the first item and each item's nearest others by cosine, at most ``k`` each."""
    length = np.sqrt(np.asarray(rows.power(2).sum(axis=0)))
    for start in range(0, rows.shape[1], _BLOCK):
        near = csr_array(rows[:, start : start + _BLOCK].T @ rows)
        found = []
        for line in range(near.shape[0]):
            part = slice(near.indptr[line], near.indptr[line + 1])
            others, value = near.indices[part].astype(np.int64), near.data[part]
            cosine = np.where(others == start + line, -1.0, value / np.maximum(length[others], 1e-9))
            top = np.argpartition(-cosine, k)[:k] if len(cosine) > k else np.arange(len(cosine))
            found.append(np.sort(others[top[cosine[top] > 0]]))
        yield start, found
