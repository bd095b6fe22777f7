"""Split users into blocks, so that their scores of all items fit in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

#: Scores held at once: 2**24 float32 are 64 MiB.
BLOCK = 2**24


def in_blocks(users: Tensor, n_items: int, block: int = BLOCK) -> tuple[Tensor, ...]:
    """Split users, int64 ``[n]``, into blocks of at most ``block`` scores, but at least one user."""
    return torch.split(users, max(1, block // max(1, n_items)))
