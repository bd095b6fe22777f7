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

    @cached_property
    def _read(self) -> tuple[HeteroData | None, str]:
        try:
            graph = self._graph or read_graph(self.run, self.settings)
        except (DatabaseError, ServerError, GraphError, InputError) as error:
            return None, f"the run's graph cannot be read: {error.message}"
        if graph.fingerprint != self.run.fingerprint:
            return None, "the graph has changed since the run was trained"
        return leak_free_training_graph(graph.data, self.run.split), ""


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
