"""``graphrec evaluate``: a run on its held-out behaviours."""

from __future__ import annotations

from typing import Literal

import click

from graphrec.config import load_settings
from graphrec.console import note, progress
from graphrec.output import show, show_json


@click.command()
@click.argument("run", required=False)
@click.option("--on", type=click.Choice(["test", "valid"]), default="test", show_default=True, help="Held-out part.")
@click.option(
    "-k", "ks", type=click.IntRange(min=1), multiple=True, default=(10, 20), help="Length of list; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(run: str | None, on: Literal["test", "valid"], ks: tuple[int, ...], as_json: bool) -> None:
    """Measure a run on its held-out behaviours: all items ranked, what the user already did masked.

    RUN is the name of a directory in runs/; the newest finished run where it is left out. The result goes into the
    run's evaluation.json too. Nothing is chosen by it.
    """
    from graphrec.evaluate import evaluate_run
    from graphrec.run import open_run

    found = open_run(load_settings(), run)
    held_out = getattr(found.split, on)[0].unique()
    note(f"{found.run_id}: {on}, {len(held_out)} users, {len(found.items)} items")
    with progress() as bar:
        task = bar.add_task("evaluating", total=len(held_out))
        result = evaluate_run(found, on, ks=sorted(set(ks)), advance=lambda users: bar.advance(task, users))
    if as_json:
        show_json({"runId": found.run_id, "on": on} | result)
        return
    rows = [{"metric": name, **values} for name, values in result["metrics"].items()]
    rows += [{"metric": f"coverage@{k}", "mean": share} for k, share in result["coverage"].items()]
    show(rows, ("metric", "mean", "low", "high"), title=f"{found.run_id} on {on}: mean over users, 95 % interval")
