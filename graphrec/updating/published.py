"""The published run brought up to date with its graph, and published again."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

from graphrec.common.errors import TrainingError
from graphrec.common.preload import ahead
from graphrec.publishing.registry import PublishedRun
from graphrec.updating.current_graph import today

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.publishing.publish import Published
    from graphrec.runs.run import Run
    from graphrec.updating.update import Updated


def update_published(
    db: Database,
    settings: Settings,
    base: Run,
    active: PublishedRun | None,
    *,
    embed: bool = False,
    show: bool = True,
    again: bool = False,
) -> tuple[Updated, Published | None]:
    """Take in what has changed since a run, and publish the result as the active run was published.

    Parameters
    ----------
    base
        The run to bring up to date (:func:`graphrec.updating.current_graph.base_run`).
    active
        The run that readers see: its number of links and ``SIMILAR`` edges is kept.
    embed
        Encode new and changed content first.
    show
        Publish the result.
    again
        Publish nothing if nothing has changed.

    Returns
    -------
    updated, published
        What changed, and what was published; None where nothing was.

    Raises
    ------
    TrainingError
        The graph has changed in a way that needs a new training.
    """
    ahead("graphrec.updating.update", "graphrec.publishing.publish")
    if embed:
        from graphrec.content.embed import embed as encode

        encode(db, settings)
    began = time.perf_counter()
    graph = today(db, settings, base)
    from graphrec.updating.update import update

    done = update(settings, base, graph, began)
    if not show or (again and not done.delta):
        return done, None
    from graphrec.publishing.publish import publish

    # As the run was published before, so that readers find as much as they did.
    k, similar = (active.k, active.similar_k) if active else (settings.publish.k, settings.publish.similar)
    return done, publish(db, done.run, k, settings.publish.batch, settings, similar)


def require_no_rollback(latest: PublishedRun, active: PublishedRun | None) -> None:
    """Refuse to go on after a rollback, which the next update would undo.

    Parameters
    ----------
    latest
        The run that the last update published.
    active
        The run that readers see now.

    Raises
    ------
    TrainingError
        ``active`` was published before ``latest``.
    """
    when = [None if one is None else one.published_at for one in (active, latest)]
    if when[0] is None or (when[1] is not None and datetime.fromisoformat(when[0]) < datetime.fromisoformat(when[1])):
        raise TrainingError(
            f"run {latest.run_id} has been gone back from, and an update would undo that",
            hint="`graphrec update` begins again, when that is wanted",
        )
