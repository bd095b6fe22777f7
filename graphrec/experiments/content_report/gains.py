"""What each modality adds, and what the best fusion adds to the mean: paired differences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphrec.experiments.content_report.conditions import ALL, NONE, SHUFFLED, Condition
from graphrec.experiments.content_report.trial import TEST
from graphrec.experiments.content_report.warm import METRIC, Trained, differences


def contributions(found: Trained) -> list[dict[str, Any]]:
    """Return what each modality adds, with and without knowledge, as far as the trained conditions allow.

    Returns
    -------
    list of dict
        ``modality``, ``knowledge`` and ``last`` (all modalities, minus all but this one) or ``first`` (this one alone,
        minus none), or both; each: question → paired difference of NDCG@10 with its interval. For a single modality the
        two are equal.
    """
    rows = []
    for knowledge, named in _by_knowledge(found):
        whole = named.get(ALL)
        for modality in whole.modalities if whole else _alone(named.values()):
            row: dict[str, Any] = {"modality": modality, "knowledge": knowledge}
            alone = _showing(named, (modality,))
            if alone and NONE in named:
                row["first"] = differences(found[alone], found[named[NONE]])
            rest = _showing(named, tuple(m for m in whole.modalities if m != modality)) if whole else None
            if whole and rest:
                row["last"] = differences(found[whole], found[rest])
            if len(row) > 2:
                rows.append(row)
    return rows


def best_fusions(found: Trained) -> list[dict[str, Any]]:
    """Return, with and without knowledge, the fusion of all modalities that validates best, and its gain over the mean.

    The choice is made on validation, so the test difference is unbiased.
    """
    best = []
    for knowledge, named in _by_knowledge(found):
        whole = [c for name, c in named.items() if name.partition(":")[0] == ALL]
        if not whole:
            continue
        top = max(whole, key=lambda c: float(np.mean([m.valid for m in found[c]])))
        row: dict[str, Any] = {"knowledge": knowledge, "fusion": top.fusion, "test": _mean(found, top)}
        if ALL in named:
            row["mean"] = _mean(found, named[ALL])
            if top != named[ALL]:
                row["minus mean"] = differences(found[top], found[named[ALL]])
        best.append(row)
    return best


def _by_knowledge(found: Trained) -> Iterable[tuple[bool, dict[str, Condition]]]:
    for knowledge in sorted({c.knowledge for c in found}, reverse=True):
        yield knowledge, {c.name: c for c in found if c.knowledge == knowledge}


def _showing(named: dict[str, Condition], modalities: tuple[str, ...]) -> Condition | None:
    """Return the condition with the mean of exactly these modalities."""
    if not modalities:
        return named.get(NONE)
    fitting = (c for c in named.values() if set(c.modalities) == set(modalities) and c.fusion == "mean")
    return next((c for c in fitting if c.name != SHUFFLED), None)


def _alone(conditions: Iterable[Condition]) -> list[str]:
    return [c.name for c in conditions if c.name in c.modalities]


def _mean(found: Trained, condition: Condition) -> float:
    return float(np.mean([m.reports[TEST].mean(METRIC) for m in found[condition]]))
