"""The run to bring up to date, and the graph of today, read as that run asks for it.

Torch stays out, so that it can be imported meanwhile.
"""

from __future__ import annotations

from graphrec.common.console import warn
from graphrec.common.errors import TrainingError
from graphrec.config.settings import Settings, SplitSettings
from graphrec.db.database import Database
from graphrec.graph.mapping import resolve
from graphrec.graph.read import GraphArrays, read
from graphrec.publishing.registry import PublishedRun
from graphrec.runs.run import Run
from graphrec.runs.store import open_run, published_run


def base_run(settings: Settings, name: str | None, active: PublishedRun | None) -> Run:
    """Return the run to bring up to date: the named one, the published one, or the newest where none is published.

    Raises
    ------
    NotFoundError
        Its directory is not here.
    """
    if name is not None:
        return open_run(settings, name.partition("~")[0])
    if active is None:
        return open_run(settings)
    return published_run(
        settings,
        active.run_id,
        needed="an update is made of its trained weights",
        instead="or train and publish again",
    )


def today(db: Database, settings: Settings, run: Run) -> GraphArrays:
    """Return the graph as it is, by the mapping of a run.

    Parameters
    ----------
    db
        The database; it is only read.
    settings
        Of the project: what is mapped by now.
    run
        A finished run.

    Raises
    ------
    TrainingError
        The run was not trained on Neo4j.
    GraphError
        The graph is not what the run's mapping says.
    """
    if run.data is not None:
        raise TrainingError(
            f"{run.run_id} learned from the files in {run.data['folder']}, not from Neo4j", hint="name another run"
        )
    _say_unmapped(db, settings, run)
    return read(db, run.schema, run.table("split", SplitSettings))


def _say_unmapped(db: Database, settings: Settings, run: Run) -> None:
    """Say what the graph has by now, or the settings map, that the run was not trained on."""
    now, then = resolve(db, settings.graph), run.schema
    for what, found, before in (
        ("behaviours", now.behaviours, then.behaviours),
        ("knowledge", now.knowledge or (), then.knowledge or ()),
        ("searches", now.searches, then.searches),
    ):
        new = sorted(set(found) - set(before))
        if new:
            warn(f"{what} that {run.run_id} was not trained on say nothing to it: {', '.join(new)} (graphrec train)")
