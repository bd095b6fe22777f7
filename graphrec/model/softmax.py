r"""Cross-entropy over all items, with the gradient computed together with the scores.

.. math:: L = -\sum_t w_t (s_{u_t i_t} - \log \sum_j e^{s_{u_t j}}), \quad
   \frac{∂L}{∂s_{uj}} = W_u\, \mathrm{softmax}(s_u)_j - \sum_{t: u_t = u,\, i_t = j} w_t, \quad
   W_u = \sum_{t: u_t = u} w_t

Users are processed in blocks. A block's scores stay in the cache and are overwritten by their gradient, so nothing of
size users × items is kept for the backward pass.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphrec.model.batch import TrainingBatch

#: Scores of a block: 8 MB.
BLOCK_ELEMENTS = 2**21
#: Not infinite: the softmax of a user whose items are all hidden must be a number.
_HIDDEN = -1e9


class _CrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, users: Tensor, items: Tensor, bias: Tensor, own: Tensor, batch: TrainingBatch, weight: Tensor
    ) -> Tensor:
        total = torch.zeros((), device=users.device)
        gradients = torch.empty_like(users), torch.zeros_like(items), torch.zeros_like(bias), torch.empty_like(own)
        targets = _Pairs(batch.row, batch.item, len(users))
        masked = _Pairs(batch.masked[0], batch.masked[1], len(users))
        adjusted = (
            None if batch.self_terms is None else _Pairs(batch.self_terms[0][0], batch.self_terms[0][1], len(users))
        )
        count = torch.zeros(len(users), device=users.device).index_add(0, batch.row, weight)
        cold_items = (~batch.warm_items).nonzero()[:, 0]
        step = max(1, BLOCK_ELEMENTS // len(items))
        for start in range(0, len(users), step):
            some = users[start : start + step]
            scores = torch.addmm(bias, some, items.T)
            if adjusted is not None:
                row, item, pair = adjusted.between(start, len(some))
                scores.index_put_((row, item), -own[pair], accumulate=True)
            row, item, pair = masked.between(start, len(some))
            scores[row, item] = _HIDDEN
            scores[:, cold_items] = _HIDDEN
            row, item, pair = targets.between(start, len(some))
            aimed, share = scores[row, item], weight[pair]
            top = scores.amax(1, keepdim=True)
            scores.sub_(top).exp_()
            mass = scores.sum(1)
            total += (share * ((mass.log() + top[:, 0])[row] - aimed)).sum()
            scores.mul_((count[start : start + step] / mass)[:, None])
            scores.index_put_((row, item), -share, accumulate=True)
            torch.mm(scores, items, out=gradients[0][start : start + step])
            gradients[1].addmm_(scores.T, some)
            gradients[2].add_(scores.sum(0))
            if adjusted is not None:
                row, item, pair = adjusted.between(start, len(some))
                gradients[3][pair] = -scores[row, item]
        ctx.save_for_backward(*gradients)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        made = (one * gradients[0] for one in ctx.saved_tensors)
        return *made, None, None


class _Pairs:
    """Entries of a matrix, sorted by row."""

    def __init__(self, row: Tensor, item: Tensor, n_rows: int) -> None:
        # Mostly sorted already, which makes a stable sort cheap.
        self.row, self.order = row.sort(stable=True)
        self.item = item[self.order]
        self.starts = torch.searchsorted(self.row, torch.arange(n_rows + 1, device=row.device)).tolist()

    def between(self, start: int, n_rows: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return row (relative to ``start``), item and index of the entries in some rows."""
        part = slice(self.starts[start], self.starts[start + n_rows])
        return self.row[part] - start, self.item[part], self.order[part]


def cross_entropy(batch: TrainingBatch, weight: Tensor) -> Tensor:
    """Return the weighted sum of the targets' cross-entropies, weights float32 ``[n]``; a scalar."""
    own = batch.bias.new_zeros(0) if batch.self_terms is None else batch.self_terms[1]
    loss: Tensor = _CrossEntropy.apply(batch.users, batch.items, batch.bias, own, batch, weight)
    return loss
