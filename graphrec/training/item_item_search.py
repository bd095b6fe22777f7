"""Choose the settings of the ``SIMILAR`` edges on validation, one setting at a time.

Each candidate of dense edges is one closed-form fit. On catalogues where a fit takes long, the first settings are used
without a search. Sparse edges are the sum of two kinds; the search covers the weight of the second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.common.pyg import HeteroData
from graphrec.model.item_item import DenseItemItem, GramMatrices, ItemItemConfig
from graphrec.model.item_item_sparse import SparseItemItem, fit_support
from graphrec.model.profiles import UserItemCSR
from graphrec.model.random_walk import walks

#: Up to this number of items all candidates are tried; above, the first settings are used.
SEARCHED = 4000
RIDGES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
KNOWLEDGE = (0.0, 0.3, 0.1, 1.0)
CONTENT = (0.0, 10.0, 40.0, 160.0)
NEAR = (0.0, 0.8)
#: The ridge of sparse edges; each takes minutes to fit on a large catalogue.
SPARSE_RIDGE = 150.0
#: Neighbours that an item's walks keep, and their α.
ENDS, SLOPE = 200, 0.75
HELD = (0.1, 0.2, 0.4)
WALKS = (0.25, 0.5, 1.0, 2.0, 4.0)


def choose_item_item(
    matrices: GramMatrices, names: Sequence[str], judge: Callable[[DenseItemItem], float]
) -> ItemItemConfig:
    """Return the settings whose edges validate best on their own.

    Parameters
    ----------
    matrices
        The Gram matrices.
    names
        The modalities to consider.
    judge
        Edges → validation metric, higher is better.
    """
    best = ItemItemConfig(
        knowledge=KNOWLEDGE[1] if matrices.knowledge is not None else 0.0, content=dict.fromkeys(names, CONTENT[1])
    )
    if matrices.n_items > SEARCHED:
        return best

    def value(config: ItemItemConfig) -> float:
        return judge(DenseItemItem(matrices.invert(config, torch.float32), config.alpha, matrices.pairs))

    stages: list[Callable[[ItemItemConfig], list[ItemItemConfig]]] = []
    if best.knowledge:
        stages.append(lambda config: [replace(config, knowledge=scale) for scale in KNOWLEDGE])
    stages += [partial(_weighed, name=name) for name in names]
    if matrices.timed:
        stages.append(lambda config: [replace(config, near=share) for share in NEAR])
    stages.append(lambda config: [replace(config, ridge=ridge) for ridge in RIDGES])
    top = value(best)
    for stage in stages:
        for config in stage(best):
            if config != best and (found := value(config)) > top:
                top, best = found, config
    return best


class SparseItemItemCandidates:
    """Sparse edges for any settings: each item regressed on its support, plus random walks through users.

    Parameters
    ----------
    data
        The training graph.
    pairs
        The target pairs of each user.
    knowledge
        Whether to use knowledge edges.
    """

    def __init__(self, data: HeteroData, pairs: UserItemCSR, knowledge: bool) -> None:
        self.data, self.pairs, self._knows = data, pairs, knowledge
        self._support: dict[float, SparseItemItem] = {}
        self._walks: dict[float, SparseItemItem] = {}

    def support(self, config: ItemItemConfig) -> SparseItemItem:
        """Return the edges of the regression alone."""
        if config.ridge not in self._support:
            weights = fit_support(self.data, self.pairs, config, self._knows)
            self._support[config.ridge] = SparseItemItem(weights, config.alpha, self.pairs)
        return self._support[config.ridge]

    def walks(self, config: ItemItemConfig) -> SparseItemItem:
        """Return the edges of the walk alone."""
        if config.held not in self._walks:
            weights = walks(self.pairs.matrix(int(self.data["item"].num_nodes)), ENDS, SLOPE, config.held)
            self._walks[config.held] = SparseItemItem(weights, config.alpha, self.pairs)
        return self._walks[config.held]

    def edges(self, config: ItemItemConfig) -> SparseItemItem:
        """Return the sum of both."""
        weights = self.support(config).weighed()
        if config.walk:
            weights = weights + np.float32(config.walk) * self.walks(config).weighed()
        return SparseItemItem(csr_array(weights), config.alpha, self.pairs)


def choose_sparse_item_item(
    candidates: SparseItemItemCandidates, scores: Callable[[SparseItemItem], Tensor], judge: Callable[[Tensor], float]
) -> ItemItemConfig:
    """Return the settings of sparse edges that validate best.

    Parameters
    ----------
    candidates
        The edges.
    scores
        Edges → their scores of the validation users, float32 ``[b, n_items]``.
    judge
        Scores → validation metric, higher is better.
    """
    best = ItemItemConfig(ridge=SPARSE_RIDGE)
    support = scores(candidates.support(best))
    top = judge(support)
    for held in HELD:
        config = replace(best, held=held)
        walked = scores(candidates.walks(config))
        for walk in WALKS:
            if (found := judge(support + walk * walked)) > top:
                top, best = found, replace(config, walk=walk)
    return best


def _weighed(config: ItemItemConfig, name: str) -> list[ItemItemConfig]:
    return [replace(config, content={**config.content, name: scale}) for scale in CONTENT]
