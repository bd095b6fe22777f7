"""The graph that a run was trained on, read anew, as long as it is still the same."""

from __future__ import annotations

from functools import cached_property

from torch_geometric.data import HeteroData

from graphrec.config import Settings
from graphrec.db import connect
from graphrec.errors import DatabaseError, GraphError, ServerError
from graphrec.graph import export
from graphrec.run import Run
from graphrec.split import prepared


class Source:
    """Reads the graph when it is first asked for.

    Parameters
    ----------
    run, settings
        The run, and the project whose graph it was trained on.
    """

    def __init__(self, run: Run, settings: Settings) -> None:
        self.run, self.settings = run, settings

    @property
    def data(self) -> HeteroData | None:
        """The training graph of the run's split; None where it cannot be had."""
        return self._read[0]

    @property
    def missing(self) -> str:
        """Why it cannot be had."""
        return self._read[1]

    @cached_property
    def _read(self) -> tuple[HeteroData | None, str]:
        try:
            with connect(self.settings) as db:
                graph = export(db, self.run.schema, self.run.split.settings)
        except (DatabaseError, ServerError, GraphError) as error:
            return None, f"the run's graph cannot be read: {error.message}"
        if graph.fingerprint != self.run.fingerprint:
            return None, "the graph has changed since the run was trained"
        return prepared(graph.data, self.run.split), ""
