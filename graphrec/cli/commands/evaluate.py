"""``graphrec evaluate``: measure a run on its held-out behaviours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, progress, stage
from graphrec.config.settings import load_settings

if TYPE_CHECKING:
    from graphrec.evaluation.ranking import Among, HeldOut


@click.command()
@click.argument("run", required=False)
@click.option("--on", type=click.Choice(["test", "valid"]), default="test", show_default=True, help="Held-out split.")
@click.option(
    "-k", "ks", type=click.IntRange(1, 1_000_000), multiple=True, default=(10, 20), help="List length; repeatable."
)
@click.option(
    "--tail", type=click.IntRange(min=0), metavar="N", help="Count only pairs whose item has at most N training pairs."
)
@click.option(
    "--among", type=click.Choice(["all", "cold"]), help="Items to rank [default: cold items of a cold-item split]."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    run: str | None, on: HeldOut, ks: tuple[int, ...], tail: int | None, among: Among | None, as_json: bool
) -> None:
    """Measure a run on its held-out behaviours: rank all items except those the user already interacted with.

    With a cold-item split, cold items are ranked among themselves; --among all ranks all items.

    RUN is the name of a directory in runs/ (default: the newest finished run). The result is also written to the
    run's evaluation.json. No setting is chosen by it.
    """
    import numpy as np

    with stage("loading PyTorch"):
        from graphrec.evaluation.ranking import held_out
        from graphrec.runs.evaluate import evaluate_run, question
    from graphrec.runs.store import open_run

    found = open_run(load_settings(), run)
    truth = held_out(found.split, on, tail)
    users = int(np.count_nonzero(np.diff(truth.indptr)))
    cold = found.split.candidates(on) if among != "all" else None
    ranked = f"{len(found.items)} items" if cold is None else f"{int(cold.sum())} cold items"
    name = question(found.split, on, tail, among)
    note(f"{found.run_id}: {name}, {users} users, {ranked}")
    if found.refit:
        note("refitted on train and validation: compare it only with models that were refitted too")
    with progress() as bar:
        task = bar.add_task("evaluating", total=users)
        result = evaluate_run(
            found,
            on,
            ks=sorted(set(ks)),
            tail=tail,
            among=among,
            advance=lambda scored: bar.advance(task, scored),
        )
    if as_json:
        show_json(
            {
                "runId": found.run_id,
                "refit": found.refit,
                "on": on,
                "tail": tail,
                "among": "all" if cold is None else "cold",
            }
            | result
            | ({"stability": found.info["stability"]} if "stability" in found.info else {})
        )
        return
    rows = [{"metric": name, **values} for name, values in result["metrics"].items()]
    rows += [{"metric": f"coverage@{k}", "mean": share} for k, share in result["coverage"].items()]
    show(rows, ("metric", "mean", "low", "high"), title=f"{found.run_id} on {name}: mean over users, 95 % interval")
    if result.get("context"):
        _show_context(result["context"])
    if "stability" in found.info:
        from graphrec.cli.commands.audit.stability import show_stability

        show_stability(found.run_id, found.info["stability"])
    k = found.settings.get("train", {}).get("metric_k")
    if k is not None:
        note(f"the model was chosen by ndcg@{k}, on validation")


def _show_context(figures: dict[str, Any]) -> None:
    """Show what the context adds."""
    names = {"without": "without context", "with": "with context", "gain": "gain"}
    rows = [{figures["metric"]: name, **figures[key]} for key, name in names.items()]
    behaviours = f"{figures['events']:,} behaviours, each in its own context"
    title = f"{behaviours}: mean over {figures['visits']:,} visits, 95 % interval"
    show(rows, (figures["metric"], "mean", "low", "high"), title=title)
