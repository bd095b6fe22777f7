"""Map positions of nodes between a run and a graph in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def positions(known: Sequence[Any], keys: Sequence[Any]) -> Tensor:
    """Return the index of each key among the known ones, -1 if absent, int64 ``[len(keys)]``."""
    place = {(type(key), key): at for at, key in enumerate(known) if key is not None}
    return torch.tensor([place.get((type(key), key), -1) for key in keys], dtype=torch.int64)


def inverse(place: Tensor, size: int) -> Tensor:
    """Return the inverse of :func:`positions`, int64 ``[size or more]``."""
    found = torch.full((max(size, int(place.max()) + 1 if len(place) else 0),), -1)
    known = (place >= 0).nonzero()[:, 0]
    found[place[known]] = known
    return found
