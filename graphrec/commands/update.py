"""``graphrec update``: a run brought up to date with its graph, and published."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphrec.config import Settings, load_settings
from graphrec.console import note
from graphrec.db import Database, connect
from graphrec.output import show_json

if TYPE_CHECKING:
    from graphrec.growing.update import Updated
    from graphrec.run import Run


@click.command()
@click.argument("run", required=False)
@click.option("--embed", is_flag=True, help="First encode new and changed content, as `graphrec embed` does.")
@click.option("--publish/--no-publish", "shown", default=True, help="Let readers see the new run.  [default: publish]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def update(run: str | None, embed: bool, shown: bool, as_json: bool) -> None:
    """Take in what has changed in the graph since a run, without training.

    RUN is the published run, or the newest finished one where none is published. Users who are new or have done
    something since get new vectors by its trained weights, new or changed items get theirs from content, knowledge and
    users; all others keep what they have. The result is a new run, published in place of the old one.
    """
    settings = load_settings()
    from graphrec.growing.update import update as stage

    with connect(settings) as db:
        if embed:
            from graphrec.content.embed import embed as encode

            encode(db, settings)
        base = _base(db, settings, run)
        done = stage(db, settings, base)
        published = None
        if shown:
            from graphrec.publish import publish

            wanted = settings.publish
            published = publish(db, done.run, wanted.k, wanted.batch, settings, wanted.similar)
    if done.due:
        note(f"{done.drift:.0%} of what is in the graph came after the training: a new one is due (graphrec train)")
    if as_json:
        show_json(done.to_dict() | {"published": None if published is None else published.to_dict()})
        return
    print(_said(done))
    if published is not None:
        from graphrec.publish import report

        print(report(published))


def _base(db: Database, settings: Settings, name: str | None) -> Run:
    """Return the run to bring up to date."""
    from graphrec.published import published_runs
    from graphrec.run import open_run

    if name is not None:
        return open_run(settings, name)
    active = next((run.run_id.partition("~")[0] for run in published_runs(db) if run.active), None)
    if active is not None and (settings.runs / active / "run.json").is_file():
        return open_run(settings, active)
    return open_run(settings)


def _said(done: Updated) -> str:
    delta = done.delta
    if not delta:
        return f"{done.base.run_id} is up to date: nothing has changed since"
    parts = [
        f"{int(delta.touched.sum())} users ({delta.new_users} new)",
        f"{int(delta.remade.sum())} items ({delta.new_items} new)",
    ]
    if delta.gone_users or delta.gone_items:
        parts.append(f"gone: {delta.gone_users} users, {delta.gone_items} items")
    changed = ", ".join(parts)
    return f"run {done.run.run_id} from {done.base.run_id}: {delta.pairs} pairs; {changed}, {done.seconds:.1f} s"
