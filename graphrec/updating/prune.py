"""Updates that were published and can no longer be gone back to: their directories go, where that is asked.

An update every hour leaves a directory every hour. Trainings stay, and so does what was never published as it is now,
and what holds figures: an evaluation, a benchmark. The connected database says what can be gone back to.
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

#: What somebody has made of a run, and would miss.
_FIGURES = (layout.EVALUATION, layout.FIGURES)


def prune(db: Database, settings: Settings, but: Collection[str] = ()) -> list[str]:
    """Remove the directories of such updates and what the database says of them; return their names, newest first.

    One that cannot be removed is said, and the others go.

    Parameters
    ----------
    db, settings
        The database and the project.
    but
        Names of runs that stay.
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
    """Say whether a run is an update, published as it is, of which nobody has made figures."""
    if "base" not in run.info or any((run.path / name).exists() for name in _FIGURES):
        return False
    return any(one.matches(run) for one in past)


def _remove(run: Run) -> None:
    """Remove a directory; stopped before its end, it is still a run of the same people, and the next time goes on."""
    last = [run.path / layout.IDS, run.path / layout.RUN]
    for path in run.path.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path not in last:
            path.unlink()
    for path in last:
        path.unlink(missing_ok=True)
    run.path.rmdir()
