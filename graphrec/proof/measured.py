"""What one training came to, kept in a file of its own so that nothing is trained twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from graphrec.errors import InputError
from graphrec.evaluate import Report
from graphrec.files import replacing

#: Metrics that are kept of each user.
KEPT = ("ndcg@10", "recall@20", "recall@10", "ndcg@20")


@dataclass(frozen=True)
class Measured:
    """Figures of one training, or of a peer that needs none.

    Attributes
    ----------
    valid
        The validation metric of what is measured: of the finished model, ``SIMILAR`` edges weighed.
    reports
        Question (``test``, ``tail``, …) → the metrics of each user.
    about
        Plain data: epoch, seconds, the mix of the ``SIMILAR`` edges, learned weights of the modalities.
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
    """Read what :func:`save` wrote; None where it is not there.

    Raises
    ------
    InputError
        The file is damaged.
    """
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        questions = dict.fromkeys(name.partition("/")[0] for name in arrays)
        reports = {
            q: Report(arrays[f"{q}/users"], {m: arrays[f"{q}/{m}"] for m in KEPT}, {}, int(arrays[f"{q}/seed"]))
            for q in questions
        }
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise InputError(f"{path}: not the figures of a training: {error}", hint="remove it") from error
    return Measured(about.pop("valid"), reports, about)


def averaged(reports: Sequence[Report]) -> Report:
    """Return a report whose metrics are each user's mean over those reports in which the user stands.

    Over seeds of one split these are all; over splits that hold different items out, some.
    """
    users = np.unique(np.concatenate([report.users for report in reports]))
    per_user = {}
    for name in KEPT:
        total, count = np.zeros(len(users)), np.zeros(len(users))
        for report in reports:
            place = np.searchsorted(users, report.users)
            total[place] += report.per_user[name]
            count[place] += 1
        per_user[name] = total / count
    return Report(users, per_user, {}, reports[0].seed)
