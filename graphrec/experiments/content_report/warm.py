"""Train the recommender under every condition, on the same split with the same settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphrec.evaluation import reports
from graphrec.evaluation.ranking import Report
from graphrec.experiments.content_report.conditions import ALL, NONE, SHUFFLED, Condition
from graphrec.experiments.content_report.measured import Measured, mean_of
from graphrec.experiments.content_report.trial import TAIL_ALONE, TAILED, TEST, TrialCache
from graphrec.model.loss import LOSSES, Loss

METRIC, OTHER = "ndcg@10", "recall@20"


def objective_of(lab: TrialCache, conditions: Sequence[Condition], first_seed: int) -> Loss:
    """Return the objective that validates best with the first seed: chosen once, for every condition.

    It is chosen under ``all``, or under the first condition if ``all`` is left out.
    """
    full = next((c for c in conditions if c.name == ALL), conditions[0])
    return max(LOSSES, key=lambda loss: lab.measure(full, first_seed, loss).valid)


#: Condition → results of its trainings, one per seed.
Trained = dict[Condition, list[Measured]]


def train_all(lab: TrialCache, conditions: Sequence[Condition], seeds: Sequence[int], loss: Loss) -> Trained:
    """Train every condition with every seed, or read the stored results."""
    return {condition: [lab.measure(condition, seed, loss) for seed in seeds] for condition in conditions}


def rows_of(found: Trained) -> list[dict[str, Any]]:
    """Return one row per condition.

    Returns
    -------
    list of dict
        ``condition``, ``knowledge``, ``valid`` (mean over seeds), ``test``, ``tail`` (links to items of at most 5
        training pairs, ranked among all) and ``tail-alone`` (ranked among such items): metric → mean, low, high; and
        ``minus none``, ``minus shuffled``: paired differences of NDCG@10 for each of these questions, and of Recall@20
        on the test (``recall@20``), each user's metric being the mean over seeds.
    """
    rows = []
    for condition, measured in found.items():
        row: dict[str, Any] = {
            "condition": condition.title,
            "name": condition.name,
            "knowledge": condition.knowledge,
            "fusion": condition.fusion,
            "valid": float(np.mean([m.valid for m in measured])),
            "seeds": [m.reports[TEST].mean(METRIC) for m in measured],
            "weights": measured[0].about["weights"],
            "mix": measured[0].about["mix"],
            "seconds": float(np.mean([m.about["seconds"] for m in measured])),
        }
        for part in (TEST, TAILED, TAIL_ALONE):
            if all(part in m.reports for m in measured):
                row[part] = figures(mean_of(measured, part))
        for base in (NONE, SHUFFLED):
            other = next((c for c in found if c.name == base and c.knowledge == condition.knowledge), None)
            if other is not None and other != condition:
                row[f"minus {base}"] = differences(measured, found[other])
                row[f"minus {base}"][OTHER] = difference(measured, found[other], TEST, OTHER)
        rows.append(row)
    return rows


def figures(report: Report) -> dict[str, Any]:
    """Return mean and interval of both metrics."""
    shown: dict[str, Any] = {"users": len(report.users)}
    for name in (METRIC, OTHER):
        low, high = report.interval(name)
        shown[name] = {"mean": report.mean(name), "low": low, "high": high}
    return shown


def differences(one: Sequence[Measured], other: Sequence[Measured]) -> dict[str, dict[str, float]]:
    """Return the paired difference for each question that both have results for."""
    parts = [p for p in (TEST, TAILED, TAIL_ALONE) if all(p in m.reports for m in (*one, *other))]
    return {part: difference(one, other, part) for part in parts}


def difference(one: Sequence[Measured], other: Sequence[Measured], part: str, metric: str = METRIC) -> dict[str, float]:
    """Return the paired difference of a metric, and its interval."""
    return reports.difference(mean_of(one, part), mean_of(other, part), metric)
