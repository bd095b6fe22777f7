"""Find fake profiles: a classifier trained on profiles that are planted among the real ones.

Planted profiles of all kinds of attack, pushing several unpopular items, teach a logistic regression what distinguishes
them (:mod:`graphrec.poisoning.features`). A second one adds what no profile shows on its own: those that push one item
share it, so an item that more suspicious profiles have than chance gives makes all of them more suspicious (target item
analysis, Zhou et al. 2015).

The data may hold fake profiles already, which are taken for real ones here. So a profile is judged only by classifiers
that have not learned from it, and profiles that a first, rough classifier takes for fake teach nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack

from graphrec.poisoning.attacks import KINDS, Attacker, unpopular
from graphrec.poisoning.features import features

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Share of planted profiles in each round; one round per kind of attack.
PLANTED = 0.02
#: The probability from which a profile is flagged.
THRESHOLD = 0.3
#: Fewest users with behaviour to learn from.
FEWEST = 50
#: Parts of the profiles, each judged by what is learned from the others; and rough passes.
_FOLDS, _ROUGH = 3, 2


def suspicion(pairs: csr_array, seed: int = 0, kinds: Sequence[str] = KINDS) -> Floats:
    """Return the probability of each profile that it is fake, ``[n_users]``.

    0 for users without items, and for all if fewer than :data:`FEWEST` have any.

    Parameters
    ----------
    pairs
        The profiles, ones, csr ``[n_users, n_items]``.
    seed
        Seed of the planted profiles and of the folds.
    kinds
        Attacks to learn from, of :data:`graphrec.poisoning.attacks.KINDS`.
    """
    there = np.flatnonzero(np.diff(pairs.indptr) > 0)
    found = np.zeros(pairs.shape[0])
    if len(there) >= FEWEST:
        shown = csr_array(pairs[there])
        found[there] = _judged(_Rounds.planted(shown, seed, kinds), seed)
    return found


@dataclass(frozen=True)
class _Rounds:
    """The profiles as they are, and once per kind of attack with planted ones behind them.

    Attributes
    ----------
    pairs
        The profiles of each round; the first is without planted ones.
    table
        Features of all rounds.
    who
        int64: the user of each row, -1 if planted.
    first
        Number of rows of the first round.
    """

    pairs: list[csr_array]
    table: Floats
    who: Ints
    first: int

    @classmethod
    def planted(cls, pairs: csr_array, seed: int, kinds: Sequence[str]) -> _Rounds:
        """Plant profiles."""
        attacker, n_users = Attacker(pairs), pairs.shape[0]
        targets = unpopular(pairs, len(kinds), seed)
        count = max(3, round(PLANTED * n_users))
        fake = [
            attacker.profiles(kind, int(targets[at % len(targets)]), count, [seed, at]) for at, kind in enumerate(kinds)
        ]
        rounds = [pairs, *(csr_array(vstack([pairs, some], format="csr")) for some in fake)]
        real = np.arange(n_users)
        who = np.concatenate([np.append(real, np.full(one.shape[0] - n_users, -1)) for one in rounds])
        return cls(rounds, np.concatenate([features(one) for one in rounds]), who, n_users)

    def each(self, values: Floats) -> list[Floats]:
        """Split the rows of all rounds."""
        return np.split(values, np.cumsum([one.shape[0] for one in self.pairs])[:-1])


def _judged(rounds: _Rounds, seed: int) -> Floats:
    """Return the probability of each profile of the first round."""
    rng, who = np.random.default_rng(seed), rounds.who
    fake = who < 0
    fold = np.where(fake, rng.integers(_FOLDS, size=len(who)), rng.integers(_FOLDS, size=rounds.first)[who])
    # The first round has no planted profiles: it is judged, and not learned from.
    known = np.arange(len(who)) >= rounds.first
    learn = known.copy()
    for _ in range(_ROUGH):
        odds = _odds(rounds.table, fake, fold, learn, "balanced")
        likely = np.bincount(who[~fake], odds[~fake]) > 0
        learn = known & (fake | ~likely[who])
    odds = _odds(rounds.table, fake, fold, learn)
    shared = [_with_shared(one, some) for one, some in zip(rounds.pairs, rounds.each(odds), strict=True)]
    odds = _odds(np.concatenate(shared), fake, fold, learn)[: rounds.first]
    found: Floats = 1 / (1 + np.exp(-odds))
    return found


def _odds(table: Floats, fake: Mask, fold: Ints, learn: Mask, weights: str | None = None) -> Floats:
    """Return the log-odds of each row by what is learned from the other folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    found = np.zeros(len(table))
    for part in range(_FOLDS):
        classifier: Any = make_pipeline(
            StandardScaler(),
            PolynomialFeatures(2, include_bias=False),
            StandardScaler(),
            LogisticRegression(C=1.0, max_iter=2000, class_weight=weights),
        )
        some = learn & (fold != part)
        classifier.fit(table[some], fake[some])
        found[fold == part] = classifier.decision_function(table[fold == part])
    return np.clip(found, -12, 12)


def _with_shared(pairs: csr_array, odds: Floats) -> Floats:
    """Return the log-odds, and the highest excess of suspicion among an item's other users, float64 ``[n_users, 2]``.

    The excess of an item is the sum of its users' probabilities over the expected one, in standard deviations.
    """
    probability = 1 / (1 + np.exp(-odds))
    mean, spread = probability.mean(), probability.std() + 1e-6
    lengths = np.diff(pairs.indptr)
    user = np.repeat(np.arange(pairs.shape[0]), lengths)
    sums = np.bincount(pairs.indices, probability[user], minlength=pairs.shape[1])[pairs.indices] - probability[user]
    others = np.bincount(pairs.indices, minlength=pairs.shape[1])[pairs.indices] - 1
    excess = (sums - others * mean) / (spread * np.sqrt(np.maximum(others, 1)))
    highest = np.maximum.reduceat(excess, pairs.indptr[:-1])
    return np.stack([odds, np.log1p(np.maximum(highest, 0))], axis=1)
