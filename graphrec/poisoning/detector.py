"""Find fake profiles: a classifier trained on profiles that are planted among the real ones.

Planted profiles of all kinds of attack, pushing several unpopular items, teach a logistic regression what distinguishes
them (:mod:`graphrec.poisoning.features`). A second one adds what no profile shows on its own: those that push one item
share it, so an item that more suspicious profiles have than chance gives makes all of them more suspicious (target item
analysis, Zhou et al. 2015). The data may hold fake profiles already: those that a first, rough classifier takes for
fake are left out of what the others learn from.
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

#: Shares of planted profiles to learn from.
SHARES = (0.01, 0.03)
#: The probability from which a profile is flagged.
THRESHOLD = 0.5
#: Fewest users with behaviour to learn from.
FEWEST = 50


@dataclass(frozen=True)
class Detector:
    """A trained detector; :meth:`trained` makes one."""

    first: Any
    second: Any

    @classmethod
    def trained(cls, pairs: csr_array, seed: int = 0, kinds: Sequence[str] = KINDS) -> Detector:
        """Return a detector for a data set.

        Parameters
        ----------
        pairs
            The profiles, ones, csr ``[n_users, n_items]``.
        seed
            Seed of the planted profiles.
        kinds
            Attacks to learn from, of :data:`graphrec.poisoning.attacks.KINDS`.
        """
        attacker, rounds = Attacker(pairs), []
        real = np.flatnonzero(np.diff(pairs.indptr) > 0)
        targets = unpopular(pairs, len(kinds) * len(SHARES), seed)
        for at, (share, kind) in enumerate((share, kind) for share in SHARES for kind in kinds):
            count = max(3, round(share * len(real)))
            fake = attacker.profiles(kind, int(targets[at % len(targets)]), count, [seed, at])
            rounds.append(_Round.of(pairs, fake, real))
        tables, fake = [one.table for one in rounds], [one.fake for one in rounds]
        rough = _classifier("balanced").fit(np.concatenate(tables), np.concatenate(fake))
        likely = np.mean([_log_odds(rough, table[: len(real)]) for table in tables], axis=0) > 0
        known = np.concatenate([np.append(~likely, np.ones(len(one) - len(real), bool)) for one in fake])
        labels = np.concatenate(fake)[known]
        first = _classifier().fit(np.concatenate(tables)[known], labels)
        shared = [_with_shared(one.pairs, _log_odds(first, one.table)) for one in rounds]
        return cls(first, _classifier().fit(np.concatenate(shared)[known], labels))

    def suspicion(self, pairs: csr_array) -> Floats:
        """Return the probability of each profile that it is fake, ``[n_users]``; 0 for users without items."""
        there = np.flatnonzero(np.diff(pairs.indptr) > 0)
        found = np.zeros(pairs.shape[0])
        if len(there):
            shown = csr_array(pairs[there])
            odds = _log_odds(self.first, features(shown))
            found[there] = self.second.predict_proba(_with_shared(shown, odds))[:, 1]
        return found


def suspicion(pairs: csr_array, seed: int = 0) -> Floats:
    """Return :meth:`Detector.suspicion` of a detector trained on the same profiles; 0 for all if there are few."""
    if np.count_nonzero(np.diff(pairs.indptr)) < FEWEST:
        return np.zeros(pairs.shape[0])
    return Detector.trained(pairs, seed).suspicion(pairs)


@dataclass(frozen=True)
class _Round:
    """Real and planted profiles together, their features, and which are planted."""

    pairs: csr_array
    table: Floats
    fake: NDArray[np.bool_]

    @classmethod
    def of(cls, pairs: csr_array, fake: csr_array, real: NDArray[np.int64]) -> _Round:
        both = csr_array(vstack([pairs[real], fake], format="csr"))
        return cls(both, features(both), np.arange(both.shape[0]) >= len(real))


def _classifier(weights: str | None = None) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    return make_pipeline(
        StandardScaler(),
        PolynomialFeatures(2, include_bias=False),
        StandardScaler(),
        LogisticRegression(C=1.0, max_iter=2000, class_weight=weights),
    )


def _log_odds(classifier: Any, table: Floats) -> Floats:
    return np.clip(np.asarray(classifier.decision_function(table), np.float64), -12, 12)


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
