"""Figures of an attack: area under the ROC curve, and true positives at few false ones.

Intervals are 95 %, by bootstrap over people: all guesses about one person are drawn together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.evaluation.metrics import LEVEL, percentiles

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: The share of false positives at which true positives are counted (Carlini et al. 2022).
FALSE = 0.01
RESAMPLES = 500


def attack_figures(scores: Floats, truth: Mask, owner: Ints, seed: int = 0) -> dict[str, Any]:
    """Return how well scores tell positives from negatives.

    Parameters
    ----------
    scores
        float64 ``[n]``: the guesses; larger means more likely positive.
    truth
        bool ``[n]``.
    owner
        int64 ``[n]``: the person whom a guess is about.
    seed
        Of the bootstrap.

    Returns
    -------
    dict
        ``auc`` and ``tpr`` (true positives at :data:`FALSE` false positives), each with ``mean``, ``low`` and ``high``;
        the numbers of ``positives`` and ``negatives``. The figures are None if there are none of either.
    """
    sizes: dict[str, Any] = {"positives": int(truth.sum()), "negatives": int((~truth).sum())}
    if not sizes["positives"] or not sizes["negatives"]:
        return {"auc": None, "tpr": None} | sizes
    order = np.argsort(-scores, kind="stable")
    starts = np.flatnonzero(np.concatenate([[True], np.diff(scores[order]) != 0]))
    people, place = np.unique(owner[order], return_inverse=True)
    hit = truth[order].astype(np.float64)
    rng = np.random.default_rng(seed)
    drawn = [_curve(hit, np.ones(len(hit)), starts)]
    for _ in range(RESAMPLES):
        weight = np.bincount(rng.integers(0, len(people), len(people)), minlength=len(people))[place]
        drawn.append(_curve(hit, weight.astype(np.float64), starts))
    table = np.array(drawn)
    low, high = percentiles(table[1:][np.isfinite(table[1:]).all(1)], LEVEL)
    return {
        name: {"mean": float(table[0, at]), "low": float(low[at]), "high": float(high[at])}
        for at, name in enumerate(("auc", "tpr"))
    } | sizes


def _curve(hit: Floats, weight: Floats, starts: Ints) -> tuple[float, float]:
    """Return AUC and TPR at :data:`FALSE` of guesses in descending order; equal ones begin at ``starts``."""
    right = np.add.reduceat(hit * weight, starts)
    wrong = np.add.reduceat((1 - hit) * weight, starts)
    if not right.sum() or not wrong.sum():
        return float("nan"), float("nan")
    tpr, fpr = right.cumsum() / right.sum(), wrong.cumsum() / wrong.sum()
    area = float(np.trapezoid(np.concatenate([[0], tpr]), np.concatenate([[0], fpr])))
    reached = np.searchsorted(fpr, FALSE, side="right")
    return area, float(tpr[reached - 1]) if reached else 0.0


def auc(positive: Floats, negative: Floats) -> float:
    """Return the probability that a positive's score is above a negative's; ties count half."""
    ascending = np.sort(negative)
    below = np.searchsorted(ascending, positive, side="left")
    up_to = np.searchsorted(ascending, positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))
