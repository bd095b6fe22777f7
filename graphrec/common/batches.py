"""Split users into blocks, so that their scores of all items fit in memory; make a batch while another is written."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")

#: Scores held at once: 2**24 float32 are 64 MiB.
BLOCK = 2**24


def in_blocks(users: Tensor, n_items: int, block: int = BLOCK) -> tuple[Tensor, ...]:
    """Split users, int64 ``[n]``, into blocks of at most ``block`` scores, but at least one user."""
    return torch.split(users, max(1, block // max(1, n_items)))


def ahead(batches: Iterator[T]) -> Iterator[T]:
    """Yield batches, the next one being made in a thread meanwhile: a database writes while the next are computed."""
    end = object()
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, batches, end)
        while (batch := coming.result()) is not end:
            coming = pool.submit(next, batches, end)
            yield batch  # type: ignore[misc]
