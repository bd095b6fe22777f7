"""A training graph with fake users, in memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import GraphSchema
from graphrec.evaluation.split import Split, between


def poisoned(
    data: HeteroData, split: Split, schema: GraphSchema, fake: csr_array, seed: int
) -> tuple[HeteroData, Split]:
    """Return a training graph and its split with fake users after the real ones.

    Their behaviour is of the first target type. Strength, time and all else of each are copied from a behaviour of a
    real user, drawn by chance, so that nothing of it gives the fake users away.

    Parameters
    ----------
    data, split, schema
        The training graph, its split, and the mapping; they are not changed.
    fake
        The profiles, csr ``[n_fake, n_items]``.
    seed
        Seed of what is drawn.
    """
    n_users = split.shape[0]
    users, items = (torch.from_numpy(ends.astype(np.int64)) for ends in fake.nonzero())
    ends = torch.stack([users + n_users, items])
    graph: HeteroData = data.clone()
    graph["user"].num_nodes = n_users + fake.shape[0]
    if "themselves" in graph["user"]:
        nobody = torch.full((fake.shape[0],), -1, dtype=graph["user"].themselves.dtype)
        graph["user"].themselves = torch.cat([graph["user"].themselves, nobody])
    name = next(name for name in schema.targets if ("user", name, "item") in data.edge_types)
    size = data["user", name, "item"].num_edges
    drawn = torch.randint(size, (ends.shape[1],), generator=torch.Generator().manual_seed(seed))
    for kind in between(data):
        if kind[1] not in (name, f"rev_{name}"):
            continue
        store = graph[kind]
        for key, value in list(store.items()):
            if key == "edge_index":
                store[key] = torch.cat([value, ends if kind[0] == "user" else ends.flip(0)], 1)
            elif isinstance(value, Tensor) and value.dim() and len(value) == size:
                store[key] = torch.cat([value, value[drawn]])
    pairs = torch.cat([split.train, ends], 1)
    train = pairs[:, torch.argsort(pairs[0] * split.shape[1] + pairs[1])]
    themselves = None if split.themselves is None else graph["user"].themselves
    return graph, replace(split, train=train, shape=(n_users + fake.shape[0], split.shape[1]), themselves=themselves)
