"""Resolve pairs with both positive and negative behaviours: the latest behaviour decides.

A user may rate a film 1 and later 5, or buy an item and return it. If the times of both are known, the older behaviour
is ignored. If times are unknown or equal, the positive behaviour counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphrec.graph.typed import NO_TIME

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData


def superseded(pair: Tensor, negative: Tensor, times: Tensor, n_pairs: int) -> Tensor:
    """Return which behaviours are superseded by a later one.

    Parameters
    ----------
    pair
        int64 ``[E]``: each behaviour's pair, below ``n_pairs``.
    negative
        bool ``[E]``.
    times
        int64 ``[E]``.
    n_pairs
        Number of pairs.

    Returns
    -------
    Tensor
        bool ``[E]``; at least one behaviour of every pair stays.
    """
    last = torch.full((2, n_pairs), NO_TIME)
    there = torch.zeros(2, n_pairs, dtype=torch.bool)
    for sign in (0, 1):
        mine = negative if sign else ~negative
        last[sign].scatter_reduce_(0, pair[mine], times[mine], "amax")
        there[sign, pair[mine]] = True
    unwanted = (last[1] > last[0]) & (last[0] != NO_TIME)
    return there.all(0)[pair] & (unwanted[pair] != negative)


def latest_preference(data: HeteroData) -> HeteroData:
    """Return a graph without superseded behaviours; the same graph if it has no negative ones."""
    kinds = [k for k in data.edge_types if (k[0], k[2]) == ("user", "item") and "indirect" not in data[k]]
    if not any("negative" in data[kind] for kind in kinds):
        return data
    ends = torch.cat([data[kind].edge_index for kind in kinds], 1)
    keys, pair = torch.unique(ends[0] * int(data["item"].num_nodes) + ends[1], return_inverse=True)
    negative = torch.cat([torch.full((data[kind].num_edges,), "negative" in data[kind]) for kind in kinds])
    lost = superseded(pair, negative, torch.cat([data[kind].time for kind in kinds]), len(keys))
    parts = torch.split(lost, [data[kind].num_edges for kind in kinds])
    found: HeteroData = data.edge_subgraph({kind: ~part for kind, part in zip(kinds, parts, strict=True)})
    return found
