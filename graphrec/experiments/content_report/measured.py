"""Results of one training, in a file of their own so that nothing is trained twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from graphrec.common.files import replacing
from graphrec.evaluation.ranking import Report
from graphrec.evaluation.reports import averaged, load_reports

#: Per-user metrics to keep.
KEPT = ("ndcg@10", "recall@20", "recall@10", "ndcg@20")


@dataclass(frozen=True)
class Measured:
    """Results of one training, or of a baseline that needs none.

    Attributes
    ----------
    valid
        Validation metric of what is measured: the finished model with weighted ``SIMILAR`` edges.
    reports
        Question (``test``, ``tail``, …) → metrics of each user.
    about
        Plain data: epoch, seconds, settings of the ``SIMILAR`` edges, learned weights of the modalities.
    """

    valid: float
    reports: dict[str, Report]
    about: dict[str, Any] = field(default_factory=dict)


def save(path: Path, measured: Measured) -> None:
    """Write one file, in one step."""
    arrays: dict[str, Any] = {"about": np.array(json.dumps({"valid": measured.valid, **measured.about}))}
    for question, report in measured.reports.items():
        arrays[f"{question}/users"] = report.users
        arrays[f"{question}/seed"] = np.array(report.seed)
        arrays |= {f"{question}/{name}": report.per_user[name] for name in KEPT}
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> Measured | None:
    """Read what :func:`save` wrote; return None if the file does not exist.

    Raises
    ------
    InputError
        The file is damaged.
    """
    found = load_reports(path)
    if found is None:
        return None
    reports, about = found
    return Measured(about.pop("valid"), reports, about)


def mean_of(measured: Sequence[Measured], question: str) -> Report:
    """Return a report with each user's mean metrics over the trainings that evaluated the user."""
    return averaged([_kept(m.reports[question]) for m in measured])


def _kept(report: Report) -> Report:
    """Return a report as it would be read from a file."""
    return Report(report.users, {name: report.per_user[name] for name in KEPT}, {}, report.seed)
