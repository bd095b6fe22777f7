"""Whether the nearest items by content are of one kind: shared labels of neighbours against chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch_geometric.data import HeteroData

from graphrec.content.fusion import MODALITIES
from graphrec.errors import ConfigError, nearest
from graphrec.model.content import standardised

NEIGHBOURS = 10
_CHANCE_DRAWS = 20


def label_relation(data: HeteroData, wanted: str | None = None) -> str | None:
    """Return the knowledge relation whose entities serve as labels; None where there is no knowledge.

    It is the one named, or the one that covers most items with few entities.

    Raises
    ------
    ConfigError
        There is no such relation.
    """
    kinds = [k for k in data.edge_types if (k[0], k[2]) == ("item", "entity")]
    if wanted is not None:
        if wanted not in [k[1] for k in kinds]:
            raise ConfigError(f"--label: no knowledge {wanted!r}", hint=nearest(wanted, [k[1] for k in kinds]))
        return wanted

    def worth(kind: tuple[str, str, str]) -> float:
        edges = data[kind].edge_index
        return float(len(edges[0].unique()) / (1 + len(edges[1].unique())) ** 0.5)

    return max(kinds, key=worth)[1] if kinds else None


def shared_labels(data: HeteroData, relation: str, seed: int = 0) -> list[dict[str, Any]]:
    """Return, for each modality, how many labels an item shares with its ten nearest (mean Jaccard index), and chance.

    Only items with the modality and a label count.
    """
    item, label = data["item", relation, "entity"].edge_index.numpy()
    n_items = int(data["item"].num_nodes)
    labels = np.zeros((n_items, int(label.max()) + 1), np.float32)
    labels[item, label] = 1
    labels = labels[:, labels.any(0)]
    rng = np.random.default_rng(seed)
    rows = []
    for name in (m for m in MODALITIES if m in data["item"]):
        vectors = standardised(data, name).numpy()
        some = np.flatnonzero(data["item"][f"{name}_mask"].numpy() & labels.any(1))
        if len(some) <= NEIGHBOURS:
            continue
        cosine = torch.from_numpy(vectors[some] @ vectors[some].T)
        cosine.fill_diagonal_(-2)
        near = cosine.topk(NEIGHBOURS, 1).indices.numpy()
        chance = [_jaccard(labels[some], rng.integers(len(some), size=near.shape)) for _ in range(_CHANCE_DRAWS)]
        rows.append(
            {
                "modality": name,
                "items": len(some),
                "shared": _jaccard(labels[some], near),
                "chance": float(np.mean(chance)),
            }
        )
    return rows


def _jaccard(labels: NDArray[np.float32], near: NDArray[np.int64]) -> float:
    both = np.einsum("nl,nkl->nk", labels, labels[near])
    size = labels.sum(1)
    return float((both / (size[:, None] + size[near] - both)).mean())
