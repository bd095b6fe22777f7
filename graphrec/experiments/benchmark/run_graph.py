"""The training graph of a run, read again, provided it is unchanged."""

from __future__ import annotations

from functools import cached_property

from graphrec.common.errors import DatabaseError, GraphError, InputError, ServerError
from graphrec.common.pyg import HeteroData
from graphrec.config.settings import Settings
from graphrec.datasets.folder import DataSet
from graphrec.db.database import connect
from graphrec.evaluation.split import leak_free_training_graph
from graphrec.graph.hetero import Graph, load_graph
from graphrec.runs.run import Run

CHANGED = "the graph has changed since the run was trained"


class Source:
    """Reads the graph at first use.

    Parameters
    ----------
    run, settings
        The run, and the project that has its graph.
    graph
        The graph, if already read.
    """

    def __init__(self, run: Run, settings: Settings, graph: Graph | None = None) -> None:
        self.run, self.settings, self._graph = run, settings, graph

    @property
    def data(self) -> HeteroData | None:
        """The training graph of the run's split; None if it is not available."""
        return self._read[0]

    @property
    def missing(self) -> str:
        """Why it is not available."""
        return self._read[1]

    @property
    def graph(self) -> Graph | None:
        """The whole graph, held-out behaviours included; None if it is not available."""
        return self._whole[0]

    @cached_property
    def _read(self) -> tuple[HeteroData | None, str]:
        graph, missing = self._whole
        return (None, missing) if graph is None else (leak_free_training_graph(graph.data, self.run.split), "")

    @cached_property
    def _whole(self) -> tuple[Graph | None, str]:
        try:
            graph = self._graph or read_graph(self.run, self.settings)
        except (DatabaseError, ServerError, GraphError, InputError) as error:
            return None, f"the run's graph cannot be read: {error.message}"
        if graph.fingerprint != self.run.fingerprint:
            return None, CHANGED
        return graph, ""


def require_unchanged(run: Run, graph: Graph) -> None:
    """Refuse a graph on which a run was not trained.

    Raises
    ------
    InputError
        The graph has changed since.
    """
    if graph.fingerprint != run.fingerprint:
        raise InputError(f"{run.run_id}: {CHANGED}", hint="graphrec train, then audit the new run")


def read_graph(run: Run, settings: Settings) -> Graph:
    """Return the whole graph of a run as it is now, from Neo4j or from the files that the run was trained on.

    Raises
    ------
    DatabaseError, ServerError, GraphError, InputError
        It cannot be read.
    """
    if run.data is not None:
        return DataSet.of(run.data).graph(run.split.settings)
    with connect(settings) as db:
        return load_graph(db, run.schema, run.split.settings)
