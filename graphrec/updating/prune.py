"""Remove the directories of published updates that rollback can no longer reach, on request.

An hourly update leaves a directory every hour. Trainings stay, and so do unpublished updates and those with results (an
evaluation, a benchmark). The connected database decides what rollback can reach.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection

from graphrec.common.console import warn
from graphrec.common.errors import GraphrecError
from graphrec.config.settings import Settings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.publishing.registry import PublishedRun, published_runs
from graphrec.runs import layout
from graphrec.runs.run import Run
from graphrec.runs.store import read_run

#: Results that a user has made of a run, and would miss.
_FIGURES = (layout.EVALUATION, layout.FIGURES)


def prune(db: Database, settings: Settings, but: Collection[str] = ()) -> list[str]:
    """Remove the directories of such updates and their database records; return their names, newest first.

    If one cannot be removed, warn and go on with the others.

    Parameters
    ----------
    db, settings
        The database and the project.
    but
        Names of runs to keep.
    """
    published = published_runs(db)
    kept = {run.directory for run in published if run.kept} | set(but)
    gone = []
    for name in sorted({run.directory for run in published} - kept, reverse=True):
        past = [run for run in published if run.directory == name]
        try:
            run = read_run(settings.runs, name)
            if not _replaced(run, past):
                continue
            _remove(run)
        except (GraphrecError, OSError) as error:
            if (settings.runs / name).exists():
                warn(f"{settings.runs / name} stays: {error}")
            continue
        for one in past:
            db.write(queries.load("publish/forget_run"), runId=one.run_id)
        gone.append(name)
    return gone


def _replaced(run: Run, past: Collection[PublishedRun]) -> bool:
    """Return whether a run is a published update, unchanged since, without results."""
    if "base" not in run.info or any((run.path / name).exists() for name in _FIGURES):
        return False
    return any(one.matches(run) for one in past)


def _remove(run: Run) -> None:
    """Remove a directory; if interrupted, it remains a run with the same users, and the next call continues."""
    last = [run.path / layout.IDS, run.path / layout.RUN]
    for path in run.path.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path not in last:
            path.unlink()
    for path in last:
        path.unlink(missing_ok=True)
    run.path.rmdir()
