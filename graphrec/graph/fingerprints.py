"""Hash an item's content and knowledge edges to one number, independent of node order."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from graphrec.config.schema import MODALITIES, READING
from graphrec.graph.typed import Typed

#: Items whose vectors are hashed together.
_BLOCK = 4096


def item_digests(data: Typed, items: Sequence[Any], entities: Sequence[str]) -> Tensor:
    """Return hashes, int64 ``[n_items]``, equal for items with equal data, and else unequal but for one chance in 2^64.

    Parameters
    ----------
    data
        The graph.
    items, entities
        Keys of its nodes.
    """
    found = torch.zeros(len(items), dtype=torch.int64)
    for name in filter(data["item"].__contains__, (*MODALITIES, READING)):
        vectors = data["item"][name].contiguous().view(torch.int32)
        generator = torch.Generator().manual_seed(_number(name) % 2**31)
        odd = torch.randint(-(2**62), 2**62, (vectors.shape[1],), generator=generator) * 2 + 1
        for some in torch.split(torch.arange(len(items)), _BLOCK):
            found[some] += (vectors[some].long() * odd).sum(1)
    keys = {"item": _numbers(items), "entity": _numbers(entities)}
    for kind in sorted(k for k in data.edge_types if "user" not in (k[0], k[2]) and not k[1].startswith("rev_")):
        one, other = data[kind].edge_index
        name = torch.tensor(_number(str(kind)))
        if kind[0] == "item":
            found.index_add_(0, one, _mixed(keys[kind[2]][other], name))
        if kind[2] == "item":
            found.index_add_(0, other, _mixed(keys[kind[0]][one], name + 1))
    return found


def social_digest(data: Typed, users: Sequence[Any]) -> int:
    """Return one hash of all social edges; 0 without any."""
    kinds = sorted(k for k in data.edge_types if k[0] == k[2] == "user")
    if not any(data[kind].edge_index.shape[1] for kind in kinds):
        return 0
    keys, found = _numbers(users), torch.zeros((), dtype=torch.int64)
    for kind in kinds:
        one, other = keys[data[kind].edge_index]
        found += (_mixed(one, torch.tensor(_number(kind[1]))) ^ _mixed(other, torch.tensor(1))).sum()
    return int(found)


def _mixed(keys: Tensor, kind: Tensor) -> Tensor:
    """Return combined hashes, int64 of the shape of ``keys``; products wrap around."""
    mixed = (keys ^ kind) * 0x9E3779B97F4A7C1
    return mixed ^ (mixed >> 29)


def _numbers(keys: Sequence[Any]) -> Tensor:
    return torch.tensor([_number(repr(key)) for key in keys], dtype=torch.int64)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
