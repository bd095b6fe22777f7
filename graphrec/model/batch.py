"""What one training step sees: users, items, and which links are to be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Lesson:
    """Vectors whose inner products are the scores of a step, and what is to be learned from them.

    Attributes
    ----------
    users, items
        float32 ``[b, d]`` and ``[n_items, d]``.
    bias
        float32 ``[n_items]``.
    row, item
        int64 ``[n]``: the targets' places in the scores ``[b, n_items]``.
    tried
        bool ``[n_items]``: scores of other items say nothing.
    told
        int64 ``[2, m]``: places of scores that say nothing, being of what the user is known to have done.
    own
        int64 ``[2, k]`` and float32 ``[k]``: what is taken off some scores.
    """

    users: Tensor
    items: Tensor
    bias: Tensor
    row: Tensor
    item: Tensor
    tried: Tensor
    told: Tensor
    own: tuple[Tensor, Tensor] | None = None

    @property
    def scores(self) -> Tensor:
        """The scores, float32 ``[b, n_items]``."""
        with torch.autocast(self.users.device.type, enabled=False):  # what is taken off must be what was summed
            scores = torch.addmm(self.bias, self.users, self.items.T)
        if self.own is None:
            return scores
        (row, item), value = self.own
        return scores.view(-1).scatter_add(0, row * scores.shape[1] + item, -value).view_as(scores)

    @property
    def hidden(self) -> Tensor:
        """Scores that say nothing, bool ``[b, n_items]``."""
        hidden = (~self.tried).expand(len(self.users), -1).clone()
        hidden[self.told[0], self.told[1]] = True
        return hidden
