"""``graphrec audit stability``: how much of the lists stays when what should not matter changes."""

from __future__ import annotations

from typing import Any

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, stage
from graphrec.common.errors import InputError
from graphrec.config.settings import load_settings

COLUMNS = ("change", "overlap", "low", "high", "jaccard", "rbo", "ndcg")


@click.command()
@click.argument("run", required=False)
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Length of the lists.")
@click.option(
    "--only", default="", metavar="A,B", help="Only these changes: again, order, seed, fewer, no-text, no-image, …"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def stability(run: str | None, k: int, only: str, as_json: bool) -> None:
    """Train a run again with what should not matter changed, and compare everybody's list with the run's.

    The changes: nothing at all, the edges in another order, another seed, each modality missing, 1 % of the behaviours
    removed. Each is one training. The result is kept in the run's run.json, and `graphrec evaluate` repeats it. RUN is
    the name of a directory in runs/ (default: the newest finished run).
    """
    names = [name.strip() for name in only.split(",") if name.strip()]
    settings = load_settings()
    with stage("loading PyTorch"):
        from graphrec.experiments.benchmark.run_graph import Source
        from graphrec.experiments.stability.measure import stability as measure
    from graphrec.runs.store import open_run

    chosen = open_run(settings, run)
    source = Source(chosen, settings)
    graph = source.graph
    if graph is None:
        raise InputError(f"{chosen.run_id}: {source.missing}", hint="graphrec train, then audit the new run")
    found = measure(chosen, graph, k, names)
    if as_json:
        show_json({"runId": chosen.run_id} | found)
        return
    show_stability(chosen.run_id, found)


def show_stability(run_id: str, found: dict[str, Any]) -> None:
    """Show a table of the changes."""
    from graphrec.experiments.stability.measure import words

    rows = [
        {
            "change": words(name),
            **figures["overlap"],
            "overlap": figures["overlap"]["mean"],
            "jaccard": figures["jaccard"]["mean"],
            "rbo": figures["rbo"]["mean"],
            "ndcg": figures.get("ndcg"),
        }
        for name, figures in found["changes"].items()
    ]
    k = found["k"]
    show(rows, COLUMNS, title=f"{run_id}: share of the top {k} that stays, mean over {found['users']} users, 95 %")
    if "ndcg" in found:
        note(f"ndcg: of the changed training on test, @{k}; of the run itself {found['ndcg']:.4f}")
