"""What one training step sees: users, items, and which links are to be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class TrainingBatch:
    """Vectors whose inner products are the scores of a step, and what is to be learned from them.

    Attributes
    ----------
    users, items
        float32 ``[b, d]`` and ``[n_items, d]``.
    bias
        float32 ``[n_items]``.
    row, item
        int64 ``[n]``: the targets' places in the scores ``[b, n_items]``.
    warm_items
        bool ``[n_items]``: scores of other items say nothing.
    masked
        int64 ``[2, m]``: places of scores that say nothing, being of what the user is known to have done.
    self_terms
        int64 ``[2, k]`` and float32 ``[k]``: what is taken off some scores.
    """

    users: Tensor
    items: Tensor
    bias: Tensor
    row: Tensor
    item: Tensor
    warm_items: Tensor
    masked: Tensor
    self_terms: tuple[Tensor, Tensor] | None = None

    @property
    def scores(self) -> Tensor:
        """The scores, float32 ``[b, n_items]``."""
        with torch.autocast(self.users.device.type, enabled=False):  # what is taken off must be what was summed
            scores = torch.addmm(self.bias, self.users, self.items.T)
        if self.self_terms is None:
            return scores
        (row, item), value = self.self_terms
        return scores.view(-1).scatter_add(0, row * scores.shape[1] + item, -value).view_as(scores)

    @property
    def hidden(self) -> Tensor:
        """Scores that say nothing, bool ``[b, n_items]``."""
        hidden = (~self.warm_items).expand(len(self.users), -1).clone()
        hidden[self.masked[0], self.masked[1]] = True
        return hidden
