"""Runs on a data set without Neo4j: those that are there already, and those still to be trained."""

from __future__ import annotations

from graphrec.common.console import note
from graphrec.common.errors import TrainingError
from graphrec.config.settings import Settings
from graphrec.datasets.folder import DataSet
from graphrec.graph.hetero import Graph
from graphrec.runs.layout import CHECKPOINT
from graphrec.runs.run import Run
from graphrec.runs.store import list_runs
from graphrec.training.checkpoint import load_checkpoint
from graphrec.training.train import plain_settings, train_graph


def trainings(data: DataSet, graph: Graph, settings: Settings, seeds: int) -> list[Run]:
    """Return a finished run a seed, in the project's folder of runs.

    A run of the same files, settings and seed is taken as it is; one that was interrupted goes on.

    Parameters
    ----------
    data, graph
        The files, and what is in them.
    settings
        The split, the model and the training; ``settings.train.seed`` is the first seed.
    seeds
        How many.

    Raises
    ------
    LeakageError, TrainingError, ConfigError
        See :func:`graphrec.training.train.train`.
    KeyboardInterrupt
        The user stopped it; what was done is kept.
    """
    found = []
    for number in range(settings.train.seed, settings.train.seed + seeds):
        asked = settings.override("train", seed=number)
        run = _known(data, graph, asked)
        if run is not None and not run.resumable:
            note(f"seed {number}: trained already, in {run.path}")
        else:
            trained = train_graph(graph, asked, run, about={"data": data.plain()})
            if trained.interrupted:
                raise KeyboardInterrupt
            run = trained.run
        found.append(run)
    return found


def _known(data: DataSet, graph: Graph, settings: Settings) -> Run | None:
    """Return the newest run of this very training that has finished or can go on."""
    for run in list_runs(settings, finished=False):
        same = run.data == data.plain() and run.fingerprint == graph.fingerprint
        if same and run.settings == plain_settings(settings) and (not run.resumable or _goes_on(run)):
            return run
    return None


def _goes_on(run: Run) -> bool:
    """Return whether there is a checkpoint of this version to go on with."""
    try:
        load_checkpoint(run.path / CHECKPOINT)
    except TrainingError:
        return False
    return True
