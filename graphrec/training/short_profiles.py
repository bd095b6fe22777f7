"""Choose component weights for short profiles, on validation users whose profiles are cut short.

Only the input is cut: at random, to 1, 3 and 5 pairs (for the :data:`graphrec.model.profile_length.SPANS`). The other
training pairs stay masked, and the held-out pairs are to be predicted as usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphrec.model.profile_length import SPANS, popularity
from graphrec.model.profiles import Profiles, UserItemCSR
from graphrec.model.recommender import Component
from graphrec.training.selection import SURE, ValidationSet

#: Number of pairs shown, by span.
SHOWN = dict(zip(SPANS, (1, 3, 5), strict=True))
#: Weights to try for a component relative to the network, all of unit deviation.
WEIGHTS = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
#: Weights to try for the edges: never 0, since the other weights are divided by it.
EDGES = (0.01, 0.1, 0.25, 0.5, 1.0)
#: Most validation users, and most of their scores in memory: a hundred weights are tried.
ASKED, ASKED_ELEMENTS = 500, 2**24

#: Profiles and target pairs → each component's scores of the validation users, float32 ``[b, n_items]``, weighted.
ComponentScores = Callable[[Profiles, UserItemCSR], Mapping[Component, Tensor]]


def shortened(profiles: Profiles, k: int, seed: int = 0) -> Tensor:
    """Return which pairs to keep, bool ``[n_pairs]``: ``k`` random pairs per user."""
    draw = torch.rand(len(profiles.items), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    users = profiles.users.cpu()
    order = torch.argsort(users.double() + draw)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(len(order)) - profiles.indptr.cpu()[users]
    return rank < k


def select_short_profile_weights(
    validation: ValidationSet,
    profiles: Profiles,
    learnable: Tensor,
    counts: Tensor,
    score: ComponentScores,
    usual: float,
) -> dict[int, tuple[float, float, float]]:
    """Return span → weights of network, ALS and popularity, for spans where some beat the usual ones significantly.

    Every second validation user chooses; the others test the choice.

    Parameters
    ----------
    validation
        The validation set whose users are used.
    profiles, learnable
        Everyone's interactions, and which of these pairs, bool ``[n_pairs]``, are target pairs.
    counts
        ``[n_items]``: number of users per item.
    score
        The components' scores.
    usual
        Weight of ALS for long profiles.
    """
    popular = popularity(counts)[None]
    chosen = {}
    for span, k in SHOWN.items():
        kept = shortened(profiles, k)
        parts = score(profiles.among(kept), profiles.where(learnable & kept))
        if (found := _surely_better(validation, parts, popular, usual)) is not None:
            chosen[span] = found
    return chosen


def _surely_better(
    validation: ValidationSet, parts: Mapping[Component, Tensor], popular: Tensor, usual: float
) -> tuple[float, float, float] | None:
    """Return the weights of one span as in :func:`select_short_profile_weights`; None if the usual ones do as well."""
    network, similar, factors = parts["network"], parts.get("similar"), parts.get("als")
    spread = float(network.std())
    scale = 0.0 if factors is None else spread / max(float(factors.std()), 1e-12)

    def values(edges: float, factor: float, popularity: float) -> NDArray[np.float64]:
        found = network + popularity * spread * popular
        if factors is not None and factor:
            found = found + factor * scale * factors
        return validation.values(found if similar is None else found + edges * similar)

    # The best of a hundred weights is partly best by chance: other users test whether it is better at all.
    best = _climbed(lambda *tried: values(*tried)[::2].mean(), similar is not None, factors is not None)
    gain = values(*best)[1::2] - values(1.0, usual / scale if scale else 0.0, 0.0)[1::2]
    if gain.mean() <= SURE * gain.std() / len(gain) ** 0.5:
        return None
    return 1 / best[0], best[1] * scale / best[0], best[2] * spread / best[0]


def _climbed(value: Callable[..., float], edges: bool, factors: bool) -> tuple[float, ...]:
    """Return the weights that validate best, found one after the other, twice."""
    tried = (EDGES if edges else (1.0,), WEIGHTS if factors else (0.0,), WEIGHTS)
    best: tuple[float, ...] = (tried[0][0], 0.0, 0.5)
    top = value(*best)
    for place in (2, 1, 0, 2, 1, 0):
        for weight in tried[place]:
            other = (*best[:place], weight, *best[place + 1 :])
            if other != best and (found := value(*other)) > top:
                best, top = other, found
    return best
