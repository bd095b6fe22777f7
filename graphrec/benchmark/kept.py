"""Figures of peers that are done, each in a file of its own, so that an interrupted benchmark goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import graphrec
from graphrec.benchmark.peer import Given
from graphrec.benchmark.table import Entry
from graphrec.content.encoder import digest, digest_files
from graphrec.reports import load_reports, save_reports
from graphrec.split import Split

#: The folder of the kept figures, in that of the run.
FOLDER = "benchmark"
#: Code outside the peers' own folder that figures hang on.
CODE = ("evaluate.py", "metrics.py", "model/propagate.py")
TEST = "test"


def place(folder: Path, name: str, split: Split, given: Given, **told: Any) -> Path:
    """Return where a peer's figures are kept: another name for whatever would change them.

    Parameters
    ----------
    folder
        Of the run.
    name, split, given
        The peer, and what it is fitted to and measured on.
    told
        What :func:`graphrec.benchmark.table.fit_and_measure` is told beside: seed, metric, tries, seeds.
    """
    arrays = [getattr(split, part).numpy() for part in ("train", "valid", "test")]
    arrays += [items.numpy() for _, items in sorted(split.cold.items())]
    if given.knowledge is not None:
        arrays += [given.knowledge.indptr, given.knowledge.indices]
    arrays += [vectors for _, vectors in sorted(given.content.items())]
    # With the shapes: the same bytes in other rows are other figures.
    data = digest(*(part for x in arrays for part in (str(x.shape), np.ascontiguousarray(x).tobytes())))
    plain = json.dumps([name, split.shape, split.settings.seed, told], sort_keys=True)
    return folder / FOLDER / f"{name}-{digest(data, plain, _code())}.npz"


def keep(path: Path, entry: Entry) -> None:
    """Write the figures of a peer that could be fitted, in one step.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    if entry.report is None:
        raise ValueError(f"{entry.name} has no figures to keep")
    path.parent.mkdir(exist_ok=True)
    about = {name: value for name, value in vars(entry).items() if name != "report"}
    save_reports(path, {TEST: entry.report}, about)


def kept(path: Path) -> Entry | None:
    """Read what :func:`keep` wrote; None where it is not there.

    Raises
    ------
    InputError
        The file is damaged.
    """
    found = load_reports(path)
    if found is None:
        return None
    reports, about = found
    entry = Entry(report=reports[TEST], **about)
    return replace(entry, seeds=tuple(entry.seeds))


def _code() -> str:
    package = Path(graphrec.__file__).parent
    own = sorted((package / "benchmark").glob("*.py"))
    return digest_files([*own, *(package / name for name in CODE)], version("graphrec"))
