"""Average, compare and store evaluation reports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from graphrec.common.errors import InputError
from graphrec.common.files import replacing
from graphrec.evaluation.ranking import Report, paired_bootstrap

#: Fields stored in addition to a report's metrics.
_USERS, _SEED, _COVERAGE = "users", "seed", "coverage"


def averaged(reports: Sequence[Report]) -> Report:
    """Return a report with each user's mean metrics over the reports that contain the user.

    For seeds of one split these are all reports; for splits with different held-out items, some. Coverages are
    averaged too.
    """
    first = reports[0]
    users = np.unique(np.concatenate([report.users for report in reports]))
    places = [np.searchsorted(users, report.users) for report in reports]
    count = np.bincount(np.concatenate(places), minlength=len(users))
    per_user = {}
    for name in first.per_user:
        total = np.zeros(len(users))
        for place, report in zip(places, reports, strict=True):
            total[place] += report.per_user[name]
        per_user[name] = total / count
    coverage = {k: float(np.mean([report.coverage[k] for report in reports])) for k in first.coverage}
    return Report(users, per_user, coverage, first.seed)


def difference(one: Report, other: Report, metric: str) -> dict[str, float]:
    """Return the paired difference ``one - other`` of a metric: ``mean``, and ``low`` and ``high`` of its interval."""
    mean, low, high = paired_bootstrap(one, other, metric)
    return {"mean": mean, "low": low, "high": high}


def save_reports(path: Path, reports: Mapping[str, Report], about: Mapping[str, Any]) -> None:
    """Write reports by name, with plain metadata, to one ``.npz`` file atomically."""
    arrays: dict[str, Any] = {"about": np.array(json.dumps(about))}
    for question, report in reports.items():
        arrays[f"{question}/{_USERS}"] = report.users
        arrays[f"{question}/{_SEED}"] = np.array(report.seed)
        arrays[f"{question}/{_COVERAGE}"] = np.array([*report.coverage.items()]).reshape(-1, 2)
        arrays |= {f"{question}/{name}": values for name, values in report.per_user.items()}
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load_reports(path: Path) -> tuple[dict[str, Report], dict[str, Any]] | None:
    """Read the file of :func:`save_reports`; return None if it is missing.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not path.is_file():
        return None
    try:
        # Opened here, because numpy does not close a file that it cannot read.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = dict(json.loads(str(arrays.pop("about"))))
        reports = {q: _report(arrays, q) for q in dict.fromkeys(name.partition("/")[0] for name in arrays)}
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(f"{path}: not the figures of a training: {error}", hint="remove it") from error
    return reports, about


def _report(arrays: Mapping[str, Any], question: str) -> Report:
    own = {name.partition("/")[2]: values for name, values in arrays.items() if name.partition("/")[0] == question}
    coverage = {int(k): float(share) for k, share in own.pop(_COVERAGE, ())}
    return Report(own.pop(_USERS), coverage=coverage, seed=int(own.pop(_SEED)), per_user=own)


def interval(value: Mapping[str, float], *, sign: bool = False) -> str:
    """Return ``mean``, ``low`` and ``high`` as text.

    >>> interval({"mean": 0.25, "low": 0.2, "high": 0.3}, sign=True)
    '+0.2500 [+0.2000, +0.3000]'
    """
    form = "+.4f" if sign else ".4f"
    return f"{value['mean']:{form}} [{value['low']:{form}}, {value['high']:{form}}]"
