"""Updates that were published and can no longer be gone back to: their directories go, where that is asked.

An update that runs every hour leaves a directory every hour. Trainings stay, and so does whatever was never published.
"""

from __future__ import annotations

import shutil

from graphrec import queries
from graphrec.config import Settings
from graphrec.db import Database
from graphrec.published import published_runs
from graphrec.run import Run
from graphrec.runs import list_runs


def prune(db: Database, settings: Settings) -> list[str]:
    """Remove the directories of such updates and what the database says of them; return their names, newest first.

    Raises
    ------
    InputError
        A ``run.json`` is damaged.
    """
    published = published_runs(db)
    kept = {_trained(run.run_id) for run in published if run.kept}
    past = {_trained(run.run_id) for run in published} - kept
    gone = [run for run in list_runs(settings) if "base" in run.info and run.run_id in past]
    for run in gone:
        _remove(run)
    names = {run.run_id for run in gone}
    for one in published:
        if _trained(one.run_id) in names:
            db.write(queries.load("publish/forget_run"), runId=one.run_id)
    return [run.run_id for run in gone]


def _trained(name: str) -> str:
    """Return the name of the directory that a run was published from."""
    return name.partition("~")[0]


def _remove(run: Run) -> None:
    """Remove a directory; stopped before its end, it is still a run, and the next time goes on."""
    last = run.path / "run.json"
    for path in run.path.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != last:
            path.unlink()
    last.unlink()
    run.path.rmdir()
