"""The changes by name, each of which gives a training graph, its split and a seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.evaluation.split import Split, keeping

#: Share of the behaviours that ``fewer`` leaves out.
FEWER = 0.01


@dataclass(frozen=True)
class Training:
    """What a training is given: the whole graph, the split, and the seed."""

    data: HeteroData
    split: Split
    seed: int


def changes(modalities: Mapping[str, object]) -> dict[str, Callable[[Training], Training]]:
    """Return name → change, for a run with some modalities."""
    found: dict[str, Callable[[Training], Training]] = {
        "again": lambda given: given,
        "order": in_another_order,
        "seed": lambda given: replace(given, seed=given.seed + 1),
    }
    found |= {f"no-{name}": _without(name) for name in modalities}
    return found | {"fewer": with_fewer}


def in_another_order(given: Training) -> Training:
    """Return the same edges, those of each type in a random order."""
    drawn, data = torch.Generator().manual_seed(0), given.data.clone()
    for kind in data.edge_types:
        count = data[kind].edge_index.shape[1]
        order = torch.randperm(count, generator=drawn)
        for name, value in data[kind].items():
            if name == "edge_index":
                data[kind][name] = value[:, order]
            elif isinstance(value, Tensor) and value.dim() and len(value) == count:
                data[kind][name] = value[order]
    return replace(given, data=data)


def with_fewer(given: Training) -> Training:
    """Return the graph without a random share of the training pairs, :data:`FEWER`, and without all edges of these."""
    split = given.split
    pairs = split.train[0] * split.shape[1] + split.train[1]
    count = max(1, round(FEWER * len(pairs)))
    gone = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0))[:count]
    kept = torch.ones(len(pairs), dtype=torch.bool)
    kept[gone] = False
    data = keeping(given.data, lambda user, item: ~torch.isin(user * split.shape[1] + item, pairs[gone]))
    return replace(given, data=data, split=replace(split, train=split.train[:, kept]))


def _without(modality: str) -> Callable[[Training], Training]:
    def change(given: Training) -> Training:
        data = given.data.clone()
        for name in (modality, f"{modality}_mask"):
            del data["item"][name]
        return replace(given, data=data)

    return change
