"""Model selection after training: recency, half-lives, ALS settings and blend weights, chosen on validation.

1. How fast old behaviour fades (if times are known), by the network alone: first by the number of newer ones, then,
   type by type, by days.
2. The settings of the ``SIMILAR`` edges (:mod:`graphrec.training.item_item_search`).
3. The ALS vectors (:mod:`graphrec.model.als`): their two settings and the number of iterations.
4. The weights of the edges' and the ALS scores relative to the network's, one after the other, twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array
from torch import Tensor

from graphrec.evaluation.ranking import HeldOutPairs
from graphrec.evaluation.split import fewer_users
from graphrec.model.als import ALSFactors, first, iterations
from graphrec.model.cold_vectors import ColdItemPredictor
from graphrec.model.profiles import UserItemCSR
from graphrec.model.recommender import Component

#: Numbers of newer behaviours after which a behaviour has lost most of its weight.
RECENCIES = (80.0, 40.0, 20.0, 10.0, 5.0)
#: Half-lives to try, in days, if none is given.
HALF_LIVES = (365.0, 90.0, 30.0, 7.0)
#: Standard errors by which a recency or a half-life must beat none.
SURE = 2.0
#: Weights to try for another component's scores; all scores have unit deviation.
SCALES = (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
#: α of ALS, in multiples of (mean number of pairs per user / number of items).
ALPHAS = (3.0, 6.0, 12.0, 24.0, 48.0)
RIDGES = (0.0025, 0.005, 0.01, 0.02, 0.04)
#: Most iterations per setting; the first one that validates worse ends them.
MAX_ITERATIONS = 8
#: Scores in memory at once, per component: 256 MB.
MAX_ELEMENTS = 2**26


class ValidationSet:
    """The validation users, or as many as fit in memory with all their scores.

    Parameters
    ----------
    seen, truth
        csr ``[n_users, n_items]``: pairs to mask and pairs to predict.
    candidates
        The items to rank; None for all.
    metric_k
        List length.
    """

    def __init__(self, seen: csr_array, truth: csr_array, candidates: NDArray[np.bool_] | None, metric_k: int) -> None:
        self._truth = fewer_users(truth, max(1, MAX_ELEMENTS // truth.shape[1]), 0)
        self._seen, self._candidates, self._k = seen, candidates, metric_k
        self.users = torch.from_numpy(np.flatnonzero(np.diff(self._truth.indptr)))
        self._place = torch.zeros(truth.shape[0], dtype=torch.int64)
        self._place[self.users] = torch.arange(len(self.users))

    def value(self, scores: Tensor) -> float:
        """Return the mean NDCG of float32 ``[len(users), n_items]``."""
        return float(self.values(scores).mean())

    def values(self, scores: Tensor) -> NDArray[np.float64]:
        """Return each user's NDCG, ``[len(users)]``."""
        return self._held.metrics(lambda users: scores[self._place[users]], self._k)["ndcg"]

    @cached_property
    def _held(self) -> HeldOutPairs:
        return HeldOutPairs(self._seen, self._truth, self._candidates, kept=True)

    def fewer(self, users: int) -> ValidationSet:
        """Return a validation set of at most this many of the users."""
        return ValidationSet(self._seen, fewer_users(self._truth, users, 0), self._candidates, self._k)

    def scores(self, score: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the scores of all its users."""
        return torch.cat([score(users).cpu() for users in torch.split(self.users, 1024)])


def choose_recency(validation: ValidationSet, score: Callable[[float], Tensor]) -> float:
    """Return the recency that validates best; 0 unless one is significantly better (by two standard errors).

    Random held-out pairs carry no information about recency; they would choose by chance.
    """
    even = validation.values(score(0.0))
    gains = {recency: validation.values(score(recency)) - even for recency in RECENCIES}
    best = max(gains, key=lambda recency: float(gains[recency].mean()))
    error = gains[best].std() / len(even) ** 0.5
    return best if gains[best].mean() > SURE * error else 0.0


def choose_half_lives(
    validation: ValidationSet, begin: Sequence[float], open_: Sequence[int], score: Callable[[Sequence[float]], Tensor]
) -> list[float]:
    """Return the half-lives of all types that validate best, chosen one type after the other.

    Parameters
    ----------
    validation
        The validation set.
    begin
        Days per type, 0 for never: the given values.
    open_
        The types to choose. A type keeps its value unless another half-life is significantly better.
    score
        Half-lives → the scores of the validation users.
    """
    best = list(begin)
    values = validation.values(score(best)) if open_ else np.zeros(0)
    for column in open_:
        tried = {days: [*best[:column], days, *best[column + 1 :]] for days in HALF_LIVES}
        gains = {days: validation.values(score(some)) - values for days, some in tried.items()}
        top = max(gains, key=lambda days: float(gains[days].mean()))
        if gains[top].mean() > SURE * gains[top].std() / len(values) ** 0.5:
            best, values = tried[top], values + gains[top]
    return best


def choose_factors(
    validation: ValidationSet,
    table: Tensor,
    pairs: UserItemCSR,
    recency: float,
    network: Tensor,
    predictor: ColdItemPredictor,
) -> ALSFactors:
    """Return the ALS vectors that validate best together with the network's scores.

    Parameters
    ----------
    validation
        The validation set.
    table
        float32 ``[n_items, d]``: the initial vectors.
    pairs
        The target pairs.
    recency
        See :func:`graphrec.model.profiles.fresh`.
    network
        The network's scores of the validation users, of unit deviation.
    predictor
        Predictor of the vectors of cold items.
    """
    n_users = int((pairs.indptr.diff() > 0).sum())
    base = len(pairs.items) / max(n_users, 1) / len(table)
    done = pairs.interactions(validation.users, recency)

    def fitted(alpha: float, ridge: float) -> tuple[float, ALSFactors]:
        best: tuple[float, ALSFactors] | None = None
        made = islice(iterations(pairs, first(table), alpha * base, ridge), MAX_ITERATIONS)
        for iteration, (users, items) in enumerate(made, start=1):
            filled = predictor.fill(items)
            factors = ALSFactors(filled, alpha * base, ridge, iteration)
            scores = factors(done) if recency else users[validation.users] @ filled.T
            factors.standardise(float(scores.std()))
            scores /= factors.deviation
            value = max(validation.value(network + scale * scores) for scale in SCALES[2:5])
            if best is not None and value <= best[0]:
                break
            best = value, factors
        if best is None:
            raise AssertionError("there is at least one iteration")
        return best

    known: dict[tuple[float, float], tuple[float, ALSFactors]] = {}

    def value(alpha: float, ridge: float) -> float:
        if (alpha, ridge) not in known:
            known[alpha, ridge] = fitted(alpha, ridge)
        return known[alpha, ridge][0]

    ridge = hill_climb(RIDGES, lambda ridge: value(ALPHAS[len(ALPHAS) // 2], ridge))
    alpha = hill_climb(ALPHAS, lambda alpha: value(alpha, ridge))
    return known[alpha, ridge][1]


def hill_climb(choices: tuple[float, ...], value: Callable[[float], float]) -> float:
    """Return the best choice found by climbing from the middle one."""
    at = len(choices) // 2
    top = value(choices[at])
    for step in (1, -1):
        begun = at
        while 0 <= at + step < len(choices) and (found := value(choices[at + step])) > top:
            at, top = at + step, found
        if at != begun:
            break
    return choices[at]


def blend_weights(
    validation: ValidationSet, parts: Mapping[Component, Tensor], network: Tensor
) -> dict[Component, float]:
    """Return the weights of each component's scores relative to the network's; all have unit deviation."""
    scales = dict.fromkeys(parts, 0.0)
    for _ in range(2 if len(parts) > 1 else 1):
        for name, part in parts.items():
            others = sum((scales[other] * parts[other] for other in parts if other != name), network)
            scales[name] = max(SCALES, key=lambda scale: validation.value(others + scale * part))
    return scales
