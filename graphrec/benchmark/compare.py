"""A run and its peers, one after the other, each peer in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphrec.benchmark.child import fit_apart
from graphrec.benchmark.given import given_by
from graphrec.benchmark.peer import Given
from graphrec.benchmark.registry import PEERS
from graphrec.benchmark.table import METRIC, Entry, measure
from graphrec.config import Settings
from graphrec.console import note
from graphrec.db import connect
from graphrec.errors import DatabaseError, GraphError, ServerError
from graphrec.graph import export
from graphrec.run import Run
from graphrec.split import check_leakage, training_graph


def compare(
    run: Run, settings: Settings, names: Sequence[str], seed: int, *, metric: str = METRIC, **options: Any
) -> list[Entry]:
    """Return the run's line and one a peer.

    Parameters
    ----------
    run, settings
        The run, and the project whose graph it was trained on: asked only where a peer needs more than pairs.
    names
        Of the peers.
    seed, metric, options
        See :func:`graphrec.benchmark.table.fit_and_measure`.
    """
    split = run.split
    seconds = run.metrics.get("seconds")
    entries = [measure(run.run_id, lambda users: run.scores(users, "heldout"), split, seconds, metric)]
    given, missing = Given(split.matrix("train")), ""
    if any(PEERS[name].needs for name in names):
        given, missing = _of_graph(run, settings)
    for number, name in enumerate(names, start=1):
        needs = PEERS[name].needs
        if needs and missing:
            entry = Entry(name, None, skipped=missing)
        else:
            note(f"{number}/{len(names)}  {name}")
            # What a peer does not use would count as its memory.
            entry = fit_apart(name, split, seed, given if needs else Given(given.train), metric=metric, **options)
        if entry.skipped:
            note(f"{name} is skipped: {entry.skipped}")
        entries.append(entry)
    return entries


def _of_graph(run: Run, settings: Settings) -> tuple[Given, str]:
    """Return what the graph of the run knows, or why it cannot be had."""
    given = Given(run.split.matrix("train"))
    try:
        with connect(settings) as db:
            graph = export(db, run.schema, run.split.settings)
    except (DatabaseError, ServerError, GraphError) as error:
        return given, f"the run's graph cannot be read: {error.message}"
    if graph.fingerprint != run.fingerprint:
        return given, "the graph has changed since the run was trained"
    data = training_graph(graph.data, run.split)
    check_leakage(data, run.split)
    return given_by(data, run.split), ""
