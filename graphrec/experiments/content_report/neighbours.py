"""Label agreement of nearest items by content, compared with chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from graphrec.common.errors import ConfigError, nearest
from graphrec.common.pyg import HeteroData
from graphrec.content.fusion import Block
from graphrec.evaluation.metrics import mean_interval
from graphrec.experiments.content_report.spaces import nearest_rows
from graphrec.graph.vocabulary import words

NEIGHBOURS = 10
_CHANCE_DRAWS = 20
#: Words in relation names whose entities classify items.
_KINDS = frozenset({"genre", "category", "family", "class", "kind", "type", "style", "topic", "tag"})


def label_relation(data: HeteroData, wanted: str | None = None) -> str | None:
    """Return the knowledge relation whose entities serve as labels; None without knowledge.

    It is the one named; otherwise, of those named like a classification (``HAS_GENRE``), or else of all, the one that
    covers most items with few entities.

    Raises
    ------
    ConfigError
        The relation does not exist.
    """
    names = [k[1] for k in data.edge_types if (k[0], k[2]) == ("item", "entity") and not k[1].startswith("rev_")]
    if wanted is not None:
        if wanted not in names:
            hint = nearest(wanted, names) if names else "the graph has no knowledge: leave --label out"
            raise ConfigError(f"--label: no knowledge {wanted!r} leads from items", hint=hint)
        return wanted

    def worth(name: str) -> float:
        edges = data["item", name, "entity"].edge_index
        return float(len(edges[0].unique()) / (1 + len(edges[1].unique())) ** 0.5)

    speaking = [name for name in names if words(name) & _KINDS]
    return max(speaking or names, key=worth, default=None)


def labels_of(data: HeteroData, relation: str) -> csr_array:
    """Return each item's labels, float32 ones ``[n_items, n_entities]``."""
    item, entity = data["item", relation, "entity"].edge_index.unique(dim=1).numpy()
    shape = (int(data["item"].num_nodes), int(data["entity"].num_nodes))
    return csr_array((np.ones(len(item), np.float32), (item, entity)), shape=shape)


def shared_labels(blocks: Mapping[str, Block], labels: csr_array, seed: int = 0) -> list[dict[str, Any]]:
    """Return, for each vector space, the labels that an item shares with its ten nearest, and with any ten items.

    The measure is the mean Jaccard index. Only items with a vector and a label count.

    Parameters
    ----------
    blocks
        Name → unit vectors of all items.
    labels
        csr ``[n_items, n_labels]`` of ones.
    seed
        Seed of the random items and of the bootstrap over items.
    """
    labelled = np.diff(labels.indptr) > 0
    rng = np.random.default_rng(seed)
    rows = []
    for name, block in blocks.items():
        some = np.flatnonzero(block.mask & labelled)
        if len(some) <= NEIGHBOURS:
            continue
        own = labels[some]
        near, _ = nearest_rows(block.vectors[some], NEIGHBOURS)
        shared = _jaccard(own, near)
        found = mean_interval(shared, seed)
        chance = [_jaccard(own, _others(rng, near.shape)).mean() for _ in range(_CHANCE_DRAWS)]
        rows.append(
            {
                "modality": name,
                "items": len(some),
                "shared": found["mean"],
                "low": found["low"],
                "high": found["high"],
                "chance": float(np.mean(chance)),
            }
        )
    return rows


def _others(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Return random other items for each item, never itself."""
    return (np.arange(shape[0])[:, None] + rng.integers(1, shape[0], size=shape)) % shape[0]


def _jaccard(labels: csr_array, near: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each item's mean Jaccard index with its neighbours, float64 ``[n]``."""
    size = np.asarray(labels.sum(axis=1), np.float64)
    total: NDArray[np.float64] = np.zeros(len(size))
    for other in near.T:
        both = np.asarray(labels.multiply(labels[other]).sum(axis=1), np.float64)
        total += both / (size + size[other] - both)
    total /= near.shape[1]
    return total
