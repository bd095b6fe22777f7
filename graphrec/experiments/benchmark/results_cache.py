"""Cache of results, one file per model, so that an interrupted benchmark can continue."""

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
from graphrec.common.private import private_folder
from graphrec.common.source_code import code_digest
from graphrec.evaluation.reports import load_reports, save_reports
from graphrec.evaluation.split import Split
from graphrec.experiments.baselines.base import BaselineInputs
from graphrec.experiments.benchmark.table import ResultRow
from graphrec.runs.layout import FIGURES

#: Module that fits and measures a baseline: its results depend on this code and everything it imports.
CODE = "graphrec.experiments.benchmark.table"
TEST = "test"


def result_path(folder: Path, name: str, split: Split, given: BaselineInputs, **told: Any) -> Path:
    """Return the file of a baseline's results; any input that would change them changes the name.

    Parameters
    ----------
    folder
        Folder of the run.
    name, split, given
        The baseline, and the data it is fitted to and measured on.
    told
        Further arguments of :func:`graphrec.experiments.benchmark.table.fit_and_measure`: seed, metric, tries, seeds.
    """
    matrices = [matrix for matrix in (given.knowledge, given.profiles) if matrix is not None]
    arrays = [array for matrix in matrices for array in (matrix.indptr, matrix.indices)]
    data = _digest([*arrays, *(vectors for _, vectors in sorted(given.content.items()))])
    plain = json.dumps([name, told], sort_keys=True)
    return file_of(folder, name, split_digest(split), data, plain, code_digest(CODE))


def file_of(folder: Path, name: str, *parts: str) -> Path:
    """Return the file of some results in a run's folder, a different one for different ``parts``."""
    return folder / FIGURES / f"{name}-{digest(*parts)}.npz"


def split_digest(split: Split) -> str:
    """Return a short hash of the training and held-out pairs."""
    arrays = [getattr(split, part).numpy() for part in ("train", "valid", "test")]
    arrays += [items.numpy() for _, items in sorted(split.cold.items())]
    return digest(_digest(arrays), json.dumps([split.shape, split.settings.seed]))


def save_result(path: Path, entry: ResultRow) -> None:
    """Write the results of a fitted model, in one step; warn if the folder cannot be written."""
    if entry.report is None:
        raise ValueError(f"{entry.name} has no figures to keep")
    about = {name: value for name, value in vars(entry).items() if name != "report"}
    try:
        private_folder(path.parent)
        save_reports(path, {TEST: entry.report}, about)
    except OSError as error:
        warn(f"{entry.name}: its results cannot be kept: {error}")


def load_result(path: Path) -> ResultRow | None:
    """Read what :func:`save_result` wrote; return None if the file does not exist.

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
    # With the shapes: the same bytes in another shape are different data.
    return digest(*(part for x in arrays for part in (str(x.shape), np.ascontiguousarray(x).tobytes())))
