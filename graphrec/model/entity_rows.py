r"""Knowledge of items as sparse rows, weighted by idf.

Of :math:`n` items, :math:`f` have an entity: its weight is :math:`\mathrm{idf} = \log(1 + n / f)`, larger for rarer
entities. All idf weights in the models and the baselines are computed here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array, vstack
from torch import Tensor

from graphrec.graph.typed import Typed

KNOWLEDGE = "knowledge"


def idf(n_items: int, frequency: NDArray[np.integer | np.floating]) -> NDArray[np.float64]:
    """Return the idf of entities that ``frequency`` of ``n_items`` items have, float64 ``[n]``."""
    weight: NDArray[np.float64] = np.log(1 + n_items / frequency)
    return weight


def item_relations(data: Typed) -> list[tuple[str, str, str]]:
    """Return the edge types from items to entities that have any edges."""
    return [k for k in data.edge_types if (k[0], k[2]) == ("item", "entity") and data[k].edge_index.shape[1]]


def entity_rows(data: Typed, root: bool = True) -> Iterator[csr_array]:
    r"""Yield the items of each entity, float32 ``[n_entities, n_items]``, one matrix per relation.

    An edge weighs :math:`\sqrt{\mathrm{idf}}`: the product of the transpose with the matrix is then the sum of the
    shared entities' idf. Without ``root`` it weighs the idf itself.
    """
    n_items = int(data["item"].num_nodes)
    for kind in item_relations(data):
        item, entity = torch.unique(data[kind].edge_index, dim=1).numpy()  # edges may repeat
        frequency = np.bincount(entity)
        weight = idf(n_items, frequency[entity])
        weight = (np.sqrt(weight) if root else weight).astype(np.float32)
        yield csr_array((weight, (entity, item)), shape=(len(frequency), n_items))


def item_rows(data: Typed, root: bool = False, dtype: DTypeLike = np.float32) -> csr_array | None:
    """Return the entities of each item in rows of unit length, ``[n_items, n]``; None without knowledge.

    An edge weighs the entity's idf; with ``root`` its square root, so that products are cosines by shared idf.
    """
    parts = list(entity_rows(data, root))
    if not parts:
        return None
    rows = csr_array(vstack(parts, format="csr").T, dtype=dtype)
    length = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(np.maximum(length, 1e-12), np.diff(rows.indptr)).astype(dtype)
    return rows


def distinct_edges(edges: Tensor, n_targets: int) -> tuple[Tensor, Tensor]:
    """Return the distinct edges, each int64 ``[E]``, of ``(source, target)`` rows, int64 ``[2, E or more]``."""
    keys = torch.unique(edges[0] * n_targets + edges[1])
    return keys // n_targets, keys % n_targets


def weighted_edges(edges: Tensor, n_items: int, n_senders: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the distinct edges to items of one relation, and their weights: see :func:`item_rows`.

    Parameters
    ----------
    edges
        int64 ``[2, E]``: senders (entities, or items behind them) and items.
    n_items, n_senders
        Numbers of items and of senders.

    Returns
    -------
    source, target, weight
        int64 and float32 ``[E']``. The weights are computed in float32, for identical results across versions.
    """
    source, target = distinct_edges(edges, n_items)
    frequency = torch.bincount(source, minlength=n_senders).float()
    weight = torch.log(1 + n_items / frequency.clamp(min=1))[source]
    norm = torch.zeros(n_items).index_add(0, target, weight.square()).sqrt().clamp(min=1e-12)
    return source, target, weight / norm[target]
