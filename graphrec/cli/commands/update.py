"""``graphrec update``: a run brought up to date with its graph, and published."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING

import click

from graphrec.cli.output import show_json
from graphrec.common.console import warn
from graphrec.common.errors import TrainingError
from graphrec.common.preload import ahead
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import Database, connect
from graphrec.publishing.registry import PublishedRun, active_run, published_runs
from graphrec.updating.current_graph import base_run, today

if TYPE_CHECKING:
    from graphrec.publishing.publish import Published
    from graphrec.runs.run import Run
    from graphrec.updating.update import Updated


@click.command()
@click.argument("run", required=False)
@click.option("--embed", is_flag=True, help="First encode new and changed content, as `graphrec embed` does.")
@click.option("--publish/--no-publish", "shown", default=True, help="Let readers see the new run.  [default: publish]")
@click.option("--prune", is_flag=True, help="Then remove the directories of updates that can't be gone back to.")
@click.option(
    "--every",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Go on, and look for what has changed every so many seconds, until Ctrl-C.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object; with --every one a line, an update each.")
def update(run: str | None, embed: bool, shown: bool, prune: bool, every: float | None, as_json: bool) -> None:
    """Take in what has changed in the graph since a run, without training.

    RUN is the published run, or the newest finished one where none is published. Users who are new or have done
    something since get new vectors by its trained weights, new or changed items get theirs from content, knowledge and
    users; all others keep what they have. The result is a new run, published in place of the old one.
    """
    if every is not None and (run is not None or not shown):
        raise click.UsageError("--every follows the run that is published: leave out RUN and --no-publish")
    settings = load_settings()
    with connect(settings) as db:
        latest: PublishedRun | None = None
        while True:
            began = time.monotonic()
            active = active_run(db)
            if latest is not None:
                _check_forward(latest, active)
            base = base_run(settings, run, active)
            done, published = _update(db, settings, base, active, embed, shown, again=latest is not None)
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


def _check_forward(latest: PublishedRun, active: PublishedRun | None) -> None:
    """Stop where somebody has gone back to a run from before the latest, which the next update would undo."""
    when = [None if one is None else one.published_at for one in (active, latest)]
    if when[0] is None or (when[1] is not None and datetime.fromisoformat(when[0]) < datetime.fromisoformat(when[1])):
        raise TrainingError(
            f"run {latest.run_id} has been gone back from, and an update would undo that",
            hint="`graphrec update` begins again, when that is wanted",
        )


def _update(
    db: Database,
    settings: Settings,
    base: Run,
    active: PublishedRun | None,
    embed: bool,
    shown: bool,
    *,
    again: bool,
) -> tuple[Updated, Published | None]:
    """Take in what has changed since ``base``; ``again``: it is published as it is, if nothing has."""
    ahead("graphrec.updating.update", "graphrec.publishing.publish")
    if embed:
        from graphrec.content.embed import embed as encode

        encode(db, settings)
    began = time.perf_counter()
    graph = today(db, settings, base)
    from graphrec.updating.update import update as stage

    done = stage(settings, base, graph, began)
    if not shown or (again and not done.delta):
        return done, None
    from graphrec.publishing.publish import publish

    # As the run was published before, so that readers find as much as they did.
    k, similar = (active.k, active.similar_k) if active else (settings.publish.k, settings.publish.similar)
    return done, publish(db, done.run, k, settings.publish.batch, settings, similar)


def _say(done: Updated, published: Published | None, pruned: list[str], as_json: bool, *, lines: bool) -> None:
    """Print what was done."""
    if done.due:
        warn(f"as much as {done.drift:.0%} of what was trained on has changed since: a new training is due")
    if as_json:
        said = done.to_dict() | {"published": None if published is None else published.to_dict(), "pruned": pruned}
        if lines:
            print(json.dumps(said, ensure_ascii=False), flush=True)
        else:
            show_json(said)
        return
    print(_said(done))
    if published is not None:
        from graphrec.publishing.publish import report

        print(report(published))
    if pruned:
        print(f"removed {len(pruned)} updates that could no longer be gone back to: {', '.join(pruned)}")
    sys.stdout.flush()


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
