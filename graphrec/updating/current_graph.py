"""The run to update, and the current graph, read with that run's mapping.

This module does not import torch, so that torch can be imported in parallel.
"""

from __future__ import annotations

from typing import get_args

from graphrec.common.console import warn
from graphrec.common.errors import TrainingError
from graphrec.config.schema import GraphSchema
from graphrec.config.settings import Settings, SplitSettings
from graphrec.db import queries
from graphrec.db.database import Database
from graphrec.graph.columns import Modality
from graphrec.graph.mapping import resolve
from graphrec.graph.read import GraphArrays, read
from graphrec.publishing.registry import PublishedRun
from graphrec.runs.run import Run
from graphrec.runs.store import open_run, published_run


def base_run(settings: Settings, name: str | None, active: PublishedRun | None) -> Run:
    """Return the run to update: the named one, the published one, or the newest if none is published.

    Raises
    ------
    NotFoundError
        Its directory is not on this machine.
    """
    if name is not None:
        return open_run(settings, name.partition("~")[0])
    if active is None:
        return open_run(settings)
    return published_run(
        settings,
        active.run_id,
        needed="an update needs its trained weights",
        instead="or train and publish again",
    )


def today(db: Database, settings: Settings, run: Run) -> GraphArrays:
    """Return the current graph, read with the mapping of a run.

    Parameters
    ----------
    db
        The database, for reading only.
    settings
        The project's settings, with the current mapping.
    run
        A finished run.

    Raises
    ------
    TrainingError
        The run was not trained on Neo4j.
    GraphError
        The graph does not match the run's mapping.
    """
    if run.data is not None:
        raise TrainingError(
            f"{run.run_id} was trained on the files in {run.data['folder']}, not on Neo4j", hint="name another run"
        )
    _say_unmapped(db, settings, run)
    known = [modality for modality in get_args(Modality) if modality in run.encoders]
    return read(db, run.schema, run.table("split", SplitSettings), known)


def _say_unmapped(db: Database, settings: Settings, run: Run) -> None:
    """Warn about parts of the graph or the settings that the run was not trained on."""
    now, then = resolve(db, settings.graph), run.schema
    for what, found, before in (
        ("behaviours", now.behaviours, then.behaviours),
        ("knowledge", now.knowledge or (), then.knowledge or ()),
        ("searches", now.searches, then.searches),
        ("content vectors", _embedded(db, now), run.encoders),
    ):
        new = sorted(set(found) - set(before))
        if new:
            warn(f"{what} that {run.run_id} was not trained on are ignored: {', '.join(new)} (graphrec train)")


def _embedded(db: Database, schema: GraphSchema) -> list[str]:
    """Return the modalities of which items have vectors."""
    row = db.read(queries.load("export/embedded", schema))[0]
    return [modality for modality in get_args(Modality) if row[modality]]
