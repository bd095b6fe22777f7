"""What a user wants where they have said both: a pair is what its last behaviour says.

Somebody may have rated a film 1 and, having seen it again, 5; or have bought what they then sent back. Where the times
of both are known, the older is as if it had not been. Where they are not, or are the same, what is wanted counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphrec.graph.typed import NO_TIME

if TYPE_CHECKING:
    from graphrec.common.pyg import HeteroData


def superseded(pair: Tensor, negative: Tensor, times: Tensor, n_pairs: int) -> Tensor:
    """Return which behaviours a later one has taken back.

    Parameters
    ----------
    pair
        int64 ``[E]``: the number of each behaviour's pair, below ``n_pairs``.
    negative
        bool ``[E]``.
    times
        int64 ``[E]``.
    n_pairs
        Number of pairs.

    Returns
    -------
    Tensor
        bool ``[E]``; of no pair all are.
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
    """Return a graph without the behaviours that a later one has taken back; itself where nothing is negative."""
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
