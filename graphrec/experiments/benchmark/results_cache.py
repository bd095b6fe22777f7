"""Figures of what is done, a model a file, so that an interrupted benchmark goes on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphrec.common.console import warn
from graphrec.common.hashing import digest
from graphrec.common.source_code import code_digest
from graphrec.evaluation.reports import load_reports, save_reports
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.benchmark.table import ResultRow
from graphrec.runs.layout import FIGURES

#: Where a peer is fitted and measured: its figures hang on this code and on all that it imports.
CODE = "graphrec.experiments.benchmark.table"
TEST = "test"


def result_path(folder: Path, name: str, split: Split, given: BaselineInputs, **told: Any) -> Path:
    """Return where a peer's figures are kept: another name for whatever would change them.

    Parameters
    ----------
    folder
        Of the run.
    name, split, given
        The peer, and what it is fitted to and measured on.
    told
        What :func:`graphrec.experiments.benchmark.table.fit_and_measure` is told beside: seed, metric, tries, seeds.
    """
    matrices = [matrix for matrix in (given.knowledge, given.profiles) if matrix is not None]
    arrays = [array for matrix in matrices for array in (matrix.indptr, matrix.indices)]
    data = _digest([*arrays, *(vectors for _, vectors in sorted(given.content.items()))])
    plain = json.dumps([name, told], sort_keys=True)
    return file_of(folder, name, split_digest(split), data, plain, code_digest(CODE))


def file_of(folder: Path, name: str, *parts: str) -> Path:
    """Return the file of some figures in a run's folder, another one for other ``parts``."""
    return folder / FIGURES / f"{name}-{digest(*parts)}.npz"


def split_digest(split: Split) -> str:
    """Return a short hash of what is learned from and asked for."""
    arrays = [getattr(split, part).numpy() for part in ("train", "valid", "test")]
    arrays += [items.numpy() for _, items in sorted(split.cold.items())]
    return digest(_digest(arrays), json.dumps([split.shape, split.settings.seed]))


def save_result(path: Path, entry: ResultRow) -> None:
    """Write the figures of what could be fitted, in one step; where the folder cannot be written, say so."""
    if entry.report is None:
        raise ValueError(f"{entry.name} has no figures to keep")
    about = {name: value for name, value in vars(entry).items() if name != "report"}
    try:
        path.parent.mkdir(exist_ok=True)
        save_reports(path, {TEST: entry.report}, about)
    except OSError as error:
        warn(f"{entry.name}: its figures cannot be kept: {error}")


def load_result(path: Path) -> ResultRow | None:
    """Read what :func:`save_result` wrote; None where it is not there.

    Raises
    ------
    InputError
        The file is damaged.
    """
    found = load_reports(path)
    if found is None:
        return None
    reports, about = found
    entry = ResultRow(report=reports[TEST], **about)
    return replace(entry, seeds=tuple(entry.seeds))


def _digest(arrays: Sequence[NDArray[Any]]) -> str:
    # With the shapes: the same bytes in other rows are other figures.
    return digest(*(part for x in arrays for part in (str(x.shape), np.ascontiguousarray(x).tobytes())))
