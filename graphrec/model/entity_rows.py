"""What items are known to share, beside their users: one weighted row an entity."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from scipy.sparse import csr_array

from graphrec.graph.typed import Typed


def facts(data: Typed) -> Iterator[csr_array]:
    r"""Yield the items of each entity, float32 ``[n_entities, n_items]``, one matrix a relation.

    An edge weighs :math:`\sqrt{\log(1 + n / f)}` where :math:`f` of :math:`n` items have the entity: the product of
    the transpose with the matrix is then the sum of the shared entities' idf.
    """
    n_items = int(data["item"].num_nodes)
    for kind in data.edge_types:
        if (kind[0], kind[2]) != ("item", "entity") or not data[kind].edge_index.shape[1]:
            continue
        item, entity = torch.unique(data[kind].edge_index, dim=1).numpy()  # an edge may stand there twice
        frequency = np.bincount(entity)
        weight = np.sqrt(np.log(1 + n_items / frequency[entity])).astype(np.float32)
        yield csr_array((weight, (entity, item)), shape=(len(frequency), n_items))
