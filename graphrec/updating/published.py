"""Update the published run, and publish the result."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from graphrec.common.console import note
from graphrec.common.errors import TrainingError
from graphrec.common.preload import ahead
from graphrec.db.write_lock import exclusive
from graphrec.publishing.registry import PublishedRun, active_run
from graphrec.updating.current_graph import today
from graphrec.updating.retention import expire

if TYPE_CHECKING:
    from graphrec.config.settings import Settings
    from graphrec.db.database import Database
    from graphrec.publishing.publish import Published
    from graphrec.runs.run import Run
    from graphrec.updating.update import Updated


@exclusive("update")
def update_published(
    db: Database,
    settings: Settings,
    base: Run,
    active: PublishedRun | None,
    *,
    posts: bool = False,
    embed: bool = False,
    show: bool = True,
    again: bool = False,
) -> tuple[Updated, Published | None]:
    """Update a run with the changes in the graph, and publish the result with the active run's list lengths.

    First, what is older than ``[privacy] keep_days`` is removed.

    Parameters
    ----------
    base
        The run to update (:func:`graphrec.updating.current_graph.base_run`).
    active
        The run that readers see: its numbers of links and ``SIMILAR`` edges are kept.
    posts
        Read the posts of the graph that are new or changed first (:func:`graphrec.posts.read_posts.read_posts`).
    embed
        Encode new and changed content first.
    show
        Publish the result.
    again
        Publish nothing if nothing has changed.

    Returns
    -------
    updated, published
        The changes, and what was published; None if nothing was.

    Raises
    ------
    GraphError
        There are no posts to read.
    TrainingError
        The graph has changed in a way that needs a new training, or somebody has switched readers to another run
        meanwhile.
    """
    ahead("graphrec.updating.update", "graphrec.publishing.publish")
    expired = expire(db, settings)
    if expired is not None and expired.counts:
        note("\n".join(expired.lines("removed:")))
    if posts:
        from graphrec.posts.read_posts import read_posts

        found = read_posts(db, settings)
        if found.read or found.gone:
            note(found.text())
    if embed:
        from graphrec.content.embed import embed as encode

        encode(db, settings)
    began = time.perf_counter()
    graph = today(db, settings, base)
    from graphrec.updating.update import update

    done = update(settings, base, graph, began)
    if not show or (again and not done.delta):
        return done, None
    require_same(active, active_run(db))
    from graphrec.publishing.publish import publish

    # With the list lengths of the published run, so that readers find as much as before.
    k, similar = (active.k, active.similar_k) if active else (settings.publish.k, settings.publish.similar)
    return done, publish(db, done.run, k, settings.publish.batch, settings, similar)


def require_same(before: PublishedRun | None, now: PublishedRun | None) -> None:
    """Refuse to publish when readers see another run than when the update began: that would undo a rollback.

    Raises
    ------
    TrainingError
        They do.
    """
    if before is not None and (now is None or now.run_id != before.run_id):
        seen = "no run" if now is None else f"run {now.run_id}"
        raise TrainingError(
            f"readers see {seen} by now, no longer {before.run_id}, which this update began with: nothing is published",
            hint="run `graphrec update` again",
        )


def require_no_rollback(latest: PublishedRun, active: PublishedRun | None) -> None:
    """Refuse to continue after a rollback, which the next update would undo.

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
    if active is None or active.publication < latest.publication:
        raise TrainingError(
            f"run {latest.run_id} has been rolled back, and an update would undo that",
            hint="run `graphrec update` again if you want that",
        )
