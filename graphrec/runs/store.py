"""List the runs of a project, and find them by name."""

from __future__ import annotations

import json
from pathlib import Path

from graphrec.common.errors import InputError, NotFoundError, nearest
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings
from graphrec.db.local import has_database
from graphrec.runs import layout
from graphrec.runs.run import Run

#: What the published links cannot serve, and what they can.
SCORES = "filters, rules and new interactions need the scores of all items"
LINKS = "without filter and rules the published links are enough"


def list_runs(settings: Settings, finished: bool = True) -> list[Run]:
    """Return the runs of the project, the last begun first: by their numbers, as a clock may go back.

    Earlier releases gave no numbers; their runs come after the others, in the order of their names.

    Raises
    ------
    InputError
        A ``run.json`` is damaged.
    """
    runs = [_read(file, settings.graph) for file in settings.runs.glob(f"*/{layout.RUN}")]
    runs.sort(key=lambda run: (run.number, run.run_id), reverse=True)
    return [run for run in runs if run.finished or not finished]


def _read(file: Path, now: GraphSchema | None = None) -> Run:
    try:
        return Run(file.parent, json.loads(file.read_text(encoding="utf-8")), now)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file}: not a run: {error}", hint="remove that directory") from error


def read_run(folder: Path, run_id: str) -> Run:
    """Return the run with that name from a folder of runs.

    Raises
    ------
    NotFoundError
        No run has that name.
    """
    file = folder / run_id / layout.RUN
    if not file.is_file():
        raise NotFoundError(f"no run {run_id!r} in {folder}")
    return _read(file)


def open_resumable(settings: Settings, run_id: str | None = None) -> Run:
    """Return a run to resume; by default the newest whose training was interrupted.

    Raises
    ------
    NotFoundError
        No such run exists.
    """
    if run_id is not None:
        return open_run(settings, run_id, finished=False)
    for run in list_runs(settings, finished=False):
        there = (run.path / layout.CHECKPOINT).is_file()  # else it was killed in its first epoch
        if run.resumable and there and run.data is None and "base" not in run.info:
            return run
    raise NotFoundError(f"no training in {settings.runs} was interrupted", hint="train without --resume")


def open_run(settings: Settings, run_id: str | None = None, finished: bool = True) -> Run:
    """Return a run; by default the newest.

    Raises
    ------
    NotFoundError
        No such run exists.
    """
    if run_id is not None and (file := settings.runs / run_id / layout.RUN).is_file():
        run = _read(file, settings.graph)
        if run.finished or not finished:
            return run
    runs = list_runs(settings, finished)
    if run_id is None:
        if not runs:
            begin = "`graphrec train` makes a run" if has_database(settings) else "`graphrec load` begins"
            raise NotFoundError(f"no run in {settings.runs}", hint=f"is this the right folder? {begin}")
        return runs[0]
    raise NotFoundError(f"no run {run_id!r} in {settings.runs}", hint=nearest(run_id, [r.run_id for r in runs]))


def published_run(settings: Settings, run_id: str, *, needed: str = SCORES, instead: str = LINKS) -> Run:
    """Return the run of a published name, which may end in ``~2``.

    Parameters
    ----------
    settings
        The project's settings, with the location of the runs.
    run_id
        The published name.
    needed
        What needs the directory.
    instead
        What works without it, as a part of the next step.

    Raises
    ------
    NotFoundError
        Its directory is not on this machine.
    """
    name = run_id.partition("~")[0]
    try:
        return open_run(settings, name)
    except NotFoundError as error:
        raise NotFoundError(
            f"run {name} is published, but its directory {settings.runs / name} is not on this machine: {needed}",
            hint="is this the right folder? Copy the directory there, or set GRAPHREC_RUNS to the folder that has it; "
            + instead,
        ) from error
