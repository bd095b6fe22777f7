"""Whether two trainings give the same reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from graphrec.config.settings import Settings
from graphrec.experiments.explanations.orderings import TOP, Case, Floats, Reasons, descending
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs


@dataclass(frozen=True)
class Stability:
    """How alike the shares of two trainings are.

    Attributes
    ----------
    run_id
        The other training.
    correlation
        float64 ``[n]``: Spearman's rank correlation of the shares of a user's items, for each case where it is defined.
    common
        float64 ``[n_cases]``: share of the :data:`TOP` strongest that are the same.
    """

    run_id: str
    correlation: Floats
    common: Floats


def other_training(settings: Settings, run: Run) -> Run | None:
    """Return the project's newest other run that differs from a run in its seed alone; None without one."""
    for other in list_runs(settings):
        if other.fingerprint == run.fingerprint and other.run_id != run.run_id and _asked(other) == _asked(run):
            return other
    return None


def _asked(run: Run) -> dict[str, object]:
    """Return the settings of a run without its seed."""
    train = {name: value for name, value in run.settings["train"].items() if name != "seed"}
    return run.settings | {"train": train}


def stability(one: Reasons, other: Reasons, cases: list[Case]) -> Stability:
    """Compare the shares of two trainings of one graph."""
    found, common = [], []
    for case in cases:
        mine, theirs = one.shares(case), other.shares(case)
        if np.ptp(mine) > 0 and np.ptp(theirs) > 0:
            found.append(float(spearmanr(mine, theirs).statistic))
        best = [set(descending(values)[:TOP].tolist()) for values in (mine, theirs)]
        common.append(len(best[0] & best[1]) / TOP)
    return Stability(other.run.run_id, np.array(found), np.array(common))
