"""Shuffle knowledge and content between items, keeping everything else."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES, READING

#: Number of times each edge is offered for a swap; ten are considered enough to mix (Milo et al. 2003).
ROUNDS = 20


def shuffled_content(data: HeteroData, seed: int) -> HeteroData:
    """Return the graph with each modality's vectors permuted; tensors are shared, the input is not changed."""
    graph = copy.copy(data)
    for place, name in enumerate((*MODALITIES, READING)):
        if name in graph["item"]:
            graph["item"][name] = shuffled_vectors(graph["item"][name], graph["item"][f"{name}_mask"], (seed, place))
    return graph


def shuffled_vectors(vectors: Tensor, mask: Tensor, seed: Sequence[int]) -> Tensor:
    """Return the vectors ``[n_items, d]`` permuted among the items that have one, so that the mask stays valid."""
    rows = mask.nonzero()[:, 0]
    order = torch.from_numpy(np.random.default_rng(list(seed)).permutation(len(rows)))
    mixed = vectors.clone()
    mixed[rows] = vectors[rows[order]]
    return mixed


def shuffled_knowledge(data: HeteroData, seed: int) -> HeteroData:
    """Return the graph with the knowledge edges of items swapped, relation by relation; the input is not changed.

    Each item and each entity keeps its number of edges of each relation. Edges among entities stay as they are.
    """
    graph = copy.copy(data)
    kinds = sorted(k for k in data.edge_types if "item" in (k[0], k[2]) and "user" not in (k[0], k[2]))
    for place, kind in enumerate(k for k in kinds if not k[1].startswith("rev_")):
        edges = swapped(data[kind].edge_index.numpy(), (seed, place), loops=kind[0] != kind[2])
        graph[kind].edge_index = torch.from_numpy(edges)
        mirror = kind[2], f"rev_{kind[1]}", kind[0]
        if mirror in data.edge_types:
            graph[mirror].edge_index = torch.from_numpy(edges[::-1].copy())
    return graph


def swapped(edges: NDArray[np.int64], seed: Sequence[int], loops: bool = True) -> NDArray[np.int64]:
    """Return random other edges int64 ``[2, n]`` with the same degrees, without duplicates.

    Two edges (a, b), (c, d) become (a, d), (c, b) if neither exists already (Maslov and Sneppen 2002).

    Parameters
    ----------
    edges
        int64 ``[2, m]``; duplicates count once.
    seed
        Seed of the swaps.
    loops
        Whether an edge may connect equal numbers: True if heads and tails are different kinds of nodes.
    """
    rng = np.random.default_rng(list(seed))
    heads, tails = np.unique(edges, axis=1)
    half, width = len(heads) // 2, int(tails.max(initial=0)) + 1
    for _ in range(ROUNDS):
        one, other = rng.permutation(len(heads))[: 2 * half].reshape(2, half)
        head = heads[np.concatenate([one, other])]
        tail = tails[np.concatenate([other, one])]
        wanted = head * width + tail
        _, place, count = np.unique(wanted, return_inverse=True, return_counts=True)
        taken = np.isin(wanted, heads * width + tails) | (count[place] > 1)
        if not loops:
            taken |= head == tail
        free = ~taken.reshape(2, half).any(axis=0)
        one, other = one[free], other[free]
        tails[one], tails[other] = tails[other], tails[one]
    return np.stack([heads, tails])
