"""The data of one training step: users, items, and the links to predict."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class TrainingBatch:
    """Vectors whose inner products are the scores of a step, and the targets.

    Attributes
    ----------
    users, items
        float32 ``[b, d]`` and ``[n_items, d]``.
    bias
        float32 ``[n_items]``.
    row, item
        int64 ``[n]``: indices of the targets in the scores ``[b, n_items]``.
    warm_items
        bool ``[n_items]``: the scores of other items are ignored.
    masked
        int64 ``[2, m]``: indices of scores to ignore, because the user is known to have the item.
    self_terms
        int64 ``[2, k]`` and float32 ``[k]``: what to subtract from some scores.
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
        with torch.autocast(self.users.device.type, enabled=False):  # the subtracted terms must equal the summed ones
            scores = torch.addmm(self.bias, self.users, self.items.T)
        if self.self_terms is None:
            return scores
        (row, item), value = self.self_terms
        return scores.view(-1).scatter_add(0, row * scores.shape[1] + item, -value).view_as(scores)

    @property
    def hidden(self) -> Tensor:
        """Scores to ignore, bool ``[b, n_items]``."""
        hidden = (~self.warm_items).expand(len(self.users), -1).clone()
        hidden[self.masked[0], self.masked[1]] = True
        return hidden
