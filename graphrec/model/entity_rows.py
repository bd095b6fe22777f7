"""What items are known to share, beside their users: one weighted row an entity."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from scipy.sparse import coo_array, csr_array, hstack

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


KNOWLEDGE = "knowledge"


def knowledge_rows(data: Typed) -> csr_array | None:
    """Return which entities an item has, weighted by idf, in rows of unit length; None without knowledge."""
    n_items = int(data["item"].num_nodes)
    parts = []
    for kind in _kinds(data):
        item, entity = torch.unique(data[kind].edge_index, dim=1).numpy()
        frequency = np.bincount(entity)
        idf = np.log(1 + n_items / frequency[entity]).astype(np.float32)
        parts.append(coo_array((idf, (item, entity)), shape=(n_items, len(frequency))))
    if not parts:
        return None
    rows = csr_array(hstack(parts))
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)))
    rows.data /= np.repeat(np.maximum(length, 1e-12), np.diff(rows.indptr)).astype(np.float32)
    return rows


def _kinds(data: Typed) -> list[Any]:
    return [k for k in data.edge_types if (k[0], k[2]) == ("item", "entity") and data[k].edge_index.shape[1]]
