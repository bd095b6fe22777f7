"""``graphrec update``: bring a run up to date with its graph, and publish it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show_json
from graphrec.common.console import echo, echo_json, warn
from graphrec.common.errors import BusyError, ConnectionLostError
from graphrec.config.settings import load_settings
from graphrec.db.database import connect
from graphrec.db.write_lock import writing
from graphrec.publishing.registry import PublishedRun, active_run, published_runs
from graphrec.updating.current_graph import base_run
from graphrec.updating.published import require_no_rollback, update_published

if TYPE_CHECKING:
    from graphrec.publishing.publish import Published
    from graphrec.updating.update import Updated


@click.command()
@click.argument("run", required=False)
@click.option("--posts", is_flag=True, help="Read new and changed posts first, as `graphrec load posts` does.")
@click.option("--embed", is_flag=True, help="Encode new and changed content first, as `graphrec embed` does.")
@click.option("--publish/--no-publish", "shown", default=True, help="Publish the new run.  [default: publish]")
@click.option("--prune", is_flag=True, help="Then remove the directories of updates that rollback cannot reach.")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Keep running and check for changes every SECONDS, until Ctrl-C.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --every, one line per update.")
def update(
    run: str | None, posts: bool, embed: bool, shown: bool, prune: bool, every: float | None, as_json: bool
) -> None:
    """Update a run with the changes in the graph, without training.

    RUN defaults to the published run, or to the newest finished one if none is published. New users and users with
    new interactions get new vectors from the run's weights (fold-in); new and changed items get theirs from content,
    knowledge and users. All others keep theirs. The result is a new run, published in place of the old one.
    """
    if every is not None and (run is not None or not shown):
        raise click.UsageError("--every follows the published run: leave out RUN and --no-publish")
    settings = load_settings()
    with connect(settings) as db:
        latest: PublishedRun | None = None
        while True:
            began = time.monotonic()
            try:
                with writing(db, "update"):  # before the active run is read: another update may be about to replace it
                    active = active_run(db)
                    if latest is not None:
                        require_no_rollback(latest, active)
                    base = base_run(settings, run, active)
                    done, published = update_published(
                        db, settings, base, active, posts=posts, embed=embed, show=shown, again=latest is not None
                    )
            except (ConnectionLostError, BusyError) as error:
                if every is None:
                    raise
                warn(f"{error.message}; the next look takes it in")
                time.sleep(every)
                continue
            pruned: list[str] = []
            if prune:
                from graphrec.updating.prune import prune as remove

                pruned = remove(db, settings, {done.run.run_id, base.run_id})
            if every is None:
                _say(done, published, pruned, as_json, lines=False)
                return
            if done.delta or pruned or (published is not None and published.outcome != "unchanged"):
                _say(done, published, pruned, as_json, lines=True)
            latest = active
            if published is not None:
                latest = next((one for one in published_runs(db) if one.run_id == published.run_id), active)
            time.sleep(max(0.0, every - (time.monotonic() - began)))


def _say(done: Updated, published: Published | None, pruned: list[str], as_json: bool, *, lines: bool) -> None:
    """Print what was done."""
    if done.due:
        warn(f"{done.drift:.0%} of the training data has changed since: a new training is due")
    if as_json:
        said = done.to_dict() | {"published": None if published is None else published.to_dict(), "pruned": pruned}
        if lines:
            echo_json(said)
        else:
            show_json(said)
        return
    echo(_said(done))
    if published is not None:
        from graphrec.publishing.publish import report

        echo(report(published))
    if pruned:
        echo(f"removed {len(pruned)} updates that rollback could no longer reach: {', '.join(pruned)}")


def _said(done: Updated) -> str:
    delta = done.delta
    if not delta:
        return f"{done.base.run_id} is up to date: nothing has changed since"
    parts = [
        f"{int(delta.users_to_recompute.sum())} users ({delta.new_users} new)",
        f"{int(delta.items_to_recompute.sum())} items ({delta.new_items} new)",
    ]
    if delta.gone_users or delta.gone_items:
        parts.append(f"gone: {delta.gone_users} users, {delta.gone_items} items")
    changed = ", ".join(parts)
    return f"run {done.run.run_id} from {done.base.run_id}: {delta.pairs} pairs; {changed}, {done.seconds:.1f} s"
