"""The inputs of a baseline, taken from a training graph."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import csr_array, hstack

from graphrec.common.pyg import HeteroData
from graphrec.config.schema import MODALITIES
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.model.content_vectors import standardised


def given_by(data: HeteroData, split: Split) -> BaselineInputs:
    """Return the training pairs of a split, and the facts and content vectors of a training graph.

    A fact of an item is a relation and its other end (an entity, or another item); edges of both directions count.
    """
    content = {name: standardised(data, name).numpy() for name in MODALITIES if name in data["item"]}
    parts = []
    for kind in sorted(data.edge_types):
        edges = data[kind].edge_index
        if kind[0] != "item" or kind[2] == "user" or not edges.shape[1]:
            continue
        # Edges may repeat; a fact counts once.
        item, other = torch.unique(edges, dim=1).numpy()
        shape = (split.shape[1], int(data[kind[2]].num_nodes))
        facts = csr_array((np.ones(len(item), np.float32), (item, other)), shape=shape)
        parts.append(facts[:, np.flatnonzero(facts.sum(axis=0))])
    knowledge = csr_array(hstack(parts, format="csr")) if parts else None
    return BaselineInputs(split.matrix("train"), knowledge, content)
