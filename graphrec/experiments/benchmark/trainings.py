"""Runs on a data set without Neo4j: existing ones are reused, missing ones trained."""

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
from graphrec.training.run_files import plain_settings
from graphrec.training.train import train_graph


def trainings(data: DataSet, graph: Graph, settings: Settings, seeds: int) -> list[Run]:
    """Return one finished run per seed, in the project's folder of runs.

    A run with the same files, settings and seed is reused; an interrupted one is resumed.

    Parameters
    ----------
    data, graph
        The files, and the graph read from them.
    settings
        The split, the model and the training; ``settings.train.seed`` is the first seed.
    seeds
        Number of runs.

    Raises
    ------
    LeakageError, TrainingError, ConfigError
        See :func:`graphrec.training.train.train`.
    KeyboardInterrupt
        The user interrupted; finished trainings are kept.
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
    """Return the newest run of exactly this training that is finished or can be resumed."""
    for run in list_runs(settings, finished=False):
        same = run.data == data.plain() and run.fingerprint == graph.fingerprint
        if same and run.settings == plain_settings(settings) and (not run.resumable or _goes_on(run)):
            return run
    return None


def _goes_on(run: Run) -> bool:
    """Return whether the run has a checkpoint that this version can resume."""
    try:
        load_checkpoint(run.path / CHECKPOINT)
    except TrainingError:
        return False
    return True
