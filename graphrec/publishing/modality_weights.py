"""Write a run's learned modality weights to the items in Neo4j.

``graphrec publish`` writes them right after the switch. Readers' results do not depend on them; explanations and the
fusion of ``graphrec embed`` do. They belong to the run that was published last: a rollback leaves them until the run is
published again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphrec.common.console import warn
from graphrec.config.schema import MODALITIES
from graphrec.content import store
from graphrec.db import queries
from graphrec.db.outage import restarted
from graphrec.db.own_names import read_marks, record

if TYPE_CHECKING:
    from graphrec.db.database import Database
    from graphrec.runs.run import Run

Weights = list[float | None]


def write_weights(db: Database, run: Run, name: str, nodes: Sequence[str | None], batch: int) -> int:
    """Write the run's modality weights to its items; remove those of another run.

    Only differences are written, so repeating an interrupted call completes it.

    Parameters
    ----------
    name
        The run's name in the database.
    nodes
        Element ids of the run's items, None where deleted.
    batch
        Items per transaction.

    Returns
    -------
    int
        Number of items with weights.
    """
    wanted = _wanted(run, nodes)
    if wanted:
        record(db, run.schema, weights=True)
    elif not read_marks(db).weighed:
        return 0  # what items have under these names is the owner's
    held = _held(db, run)
    nothing: Weights = [None] * len(MODALITIES)
    rows = [[node, *weights] for node, weights in wanted.items() if held.get(node) != weights]
    rows += [[node, *nothing] for node in held if node not in wanted]
    query = queries.load("publish/weights", run.schema)
    for _ in db.write_batches(query, rows, batch, runId=name):
        pass
    return len(wanted)


@restarted
def _held(db: Database, run: Run) -> dict[str, Weights]:
    """Return the stored weights by the items' element ids."""
    return {row["node"]: row["weights"] for row in db.stream(queries.load("publish/weighed", run.schema))}


def _wanted(run: Run, nodes: Sequence[str | None]) -> dict[str, Weights]:
    """Return element id → weights, for the items with content."""
    learned = run.read_item_weights()
    columns = [learned[name].tolist() if name in learned else [None] * len(nodes) for name in MODALITIES]
    rows = zip(nodes, zip(*columns, strict=True), strict=True)
    return {node: list(weights) for node, weights in rows if node is not None and any(weights)}


def note_other_encoders(db: Database, run: Run) -> None:
    """Warn if the vectors in the graph are not those that the run was trained on."""
    for modality, label in run.encoders.items():
        found = list(store.encoders(db, run.schema, modality))
        if found != [label]:
            now = " and ".join(found) or "nothing"
            warn(f"{modality}: run {run.run_id} was trained on vectors of {label}; in the graph they are of {now}")
