"""Choosing what the ``SIMILAR`` edges are fitted to: one part at a time, by validation.

Each candidate of dense edges is one closed-form fit. On catalogues where a fit takes long nothing is tried: the first
mix is taken. Sparse edges are of two kinds, and tried is how much the second counts.
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
from graphrec.model.item_item import Grams, Mix, Similar
from graphrec.model.item_item_sparse import Sparse, fit_support
from graphrec.model.profiles import Rows
from graphrec.model.random_walk import walks

#: Up to so many items all candidates are tried; above, the first mix is taken as it is.
SEARCHED = 4000
RIDGES = (25.0, 50.0, 100.0, 200.0, 400.0, 800.0)
KNOWLEDGE = (0.0, 0.3, 0.1, 1.0)
CONTENT = (0.0, 10.0, 40.0, 160.0)
NEAR = (0.0, 0.8)
#: The ridge of sparse edges; each takes minutes to fit on a large catalogue.
SPARSE_RIDGE = 150.0
#: Ends of an item's walks, and their α.
ENDS, SLOPE = 200, 0.75
HELD = (0.1, 0.2, 0.4)
WALKS = (0.25, 0.5, 1.0, 2.0, 4.0)


def choose_mix(grams: Grams, names: Sequence[str], judge: Callable[[Similar], float]) -> Mix:
    """Return the mix whose edges alone validate best.

    Parameters
    ----------
    grams
        The parts.
    names
        The modalities that may take part.
    judge
        Edges → validation metric, higher is better.
    """
    best = Mix(knowledge=KNOWLEDGE[1] if grams.knowledge is not None else 0.0, content=dict.fromkeys(names, CONTENT[1]))
    if grams.n_items > SEARCHED:
        return best

    def value(mix: Mix) -> float:
        return judge(Similar(grams.invert(mix, torch.float32), mix.alpha, grams.pairs))

    stages: list[Callable[[Mix], list[Mix]]] = []
    if best.knowledge:
        stages.append(lambda mix: [replace(mix, knowledge=scale) for scale in KNOWLEDGE])
    stages += [partial(_weighed, name=name) for name in names]
    if grams.timed:
        stages.append(lambda mix: [replace(mix, near=share) for share in NEAR])
    stages.append(lambda mix: [replace(mix, ridge=ridge) for ridge in RIDGES])
    top = value(best)
    for stage in stages:
        for mix in stage(best):
            if mix != best and (found := value(mix)) > top:
                top, best = found, mix
    return best


class Ways:
    """Sparse edges for any number of mixes: each item regressed on its support, and steps by way of the users.

    Parameters
    ----------
    data
        The training graph.
    pairs
        The target pairs of each user.
    knowledge
        Whether knowledge edges take part.
    """

    def __init__(self, data: HeteroData, pairs: Rows, knowledge: bool) -> None:
        self.data, self.pairs, self._knows = data, pairs, knowledge
        self._support: dict[float, Sparse] = {}
        self._walks: dict[float, Sparse] = {}

    def support(self, mix: Mix) -> Sparse:
        """Return the edges of the regression alone."""
        if mix.ridge not in self._support:
            weights = fit_support(self.data, self.pairs, mix, self._knows)
            self._support[mix.ridge] = Sparse(weights, mix.alpha, self.pairs)
        return self._support[mix.ridge]

    def walks(self, mix: Mix) -> Sparse:
        """Return the edges of the walk alone."""
        if mix.held not in self._walks:
            weights = walks(self.pairs.matrix(int(self.data["item"].num_nodes)), ENDS, SLOPE, mix.held)
            self._walks[mix.held] = Sparse(weights, mix.alpha, self.pairs)
        return self._walks[mix.held]

    def edges(self, mix: Mix) -> Sparse:
        """Return both together."""
        weights = self.support(mix).weighed()
        if mix.walk:
            weights = weights + np.float32(mix.walk) * self.walks(mix).weighed()
        return Sparse(csr_array(weights), mix.alpha, self.pairs)


def choose_ways(ways: Ways, scores: Callable[[Sparse], Tensor], judge: Callable[[Tensor], float]) -> Mix:
    """Return the mix of sparse edges that validates best.

    Parameters
    ----------
    ways
        The edges.
    scores
        Edges → their scores of the validation users, float32 ``[b, n_items]``.
    judge
        Scores → validation metric, higher is better.
    """
    best = Mix(ridge=SPARSE_RIDGE)
    support = scores(ways.support(best))
    top = judge(support)
    for held in HELD:
        mix = replace(best, held=held)
        walked = scores(ways.walks(mix))
        for walk in WALKS:
            if (found := judge(support + walk * walked)) > top:
                top, best = found, replace(mix, walk=walk)
    return best


def _weighed(mix: Mix, name: str) -> list[Mix]:
    return [replace(mix, content={**mix.content, name: scale}) for scale in CONTENT]
