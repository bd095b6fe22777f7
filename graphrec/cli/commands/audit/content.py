"""``graphrec audit content``: how far an item rises when its text or picture is changed a little."""

from __future__ import annotations

import click

from graphrec.cli.output import show, show_json
from graphrec.common.console import note, stage
from graphrec.common.errors import InputError
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

COLUMNS = ("attack", "budget", "rank", "attacked", "risen", "low", "high", "hit", "hit attacked")


@click.command()
@click.argument("run", required=False)
@click.option("--items", "n", type=click.IntRange(1, 1000), default=20, show_default=True, help="Items to raise.")
@click.option("-k", type=click.IntRange(1, 1000), default=10, show_default=True, help="Length of the lists.")
@click.option("--words", type=click.IntRange(1, 50), default=5, show_default=True, help="Words added to a text.")
@click.option("--levels", type=click.IntRange(1, 255), default=8, show_default=True, help="Change of a pixel, of 255.")
@click.option(
    "--queries", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Pictures tried per item."
)
@click.option(
    "--reach", type=click.FloatRange(0, 2, min_open=True), help="Step of a vector of length 1 [default: 0.5]."
)
@click.option("--vectors", is_flag=True, help="Turn content vectors alone: needs no texts, pictures or encoders.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the items and of the pixels.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def content(
    run: str | None,
    n: int,
    k: int,
    words: int,
    levels: int,
    queries: int,
    reach: float | None,
    vectors: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Change the text, the picture or the content vector of a few items a little, and see how far they rise.

    Nothing is written to Neo4j: the run is updated in a temporary folder, as `graphrec embed` and `graphrec update`
    would. The result is kept in the run's run.json. RUN is the name of a directory in runs/ (default: the newest
    finished run). A run trained on files has no texts or pictures: vectors alone are attacked.
    """
    settings = load_settings()
    with stage("loading PyTorch"):
        from graphrec.experiments.benchmark.run_graph import Source
        from graphrec.experiments.content_attack.contents import contents_of
        from graphrec.experiments.content_attack.measure import Budget, attack
    from graphrec.runs.store import open_run

    chosen = open_run(settings, run)
    source = Source(chosen, settings)
    if (graph := source.graph) is None:
        raise InputError(f"{chosen.run_id}: {source.missing}", hint="graphrec train, then audit the new run")
    contents = {}
    if chosen.data is None and not vectors:
        with connect(settings) as db:
            contents = contents_of(db, settings, chosen)
    budget = Budget(words, levels, queries) if reach is None else Budget(words, levels, queries, reach)
    found = attack(chosen, graph, settings, contents, budget=budget, n=n, k=k, seed=seed)
    if as_json:
        show_json({"runId": chosen.run_id} | found)
        return
    rows = [
        {
            "attack": name,
            "budget": one["budget"],
            "rank": one["rank"]["before"],
            "attacked": one["rank"]["after"],
            "risen": one["risen"]["mean"],
            "low": one["risen"]["low"],
            "high": one["risen"]["high"],
            "hit": one["hit"]["before"],
            "hit attacked": one["hit"]["after"],
        }
        for name, one in found["attacks"].items()
    ]
    show(rows, COLUMNS, title=f"{chosen.run_id}: mean rank of the changed items, 95 % interval of their rise")
    note(f"hit: share of the users with the item in their top {k}; ndcg@{k} on test {found['ndcg']:.4f}")
    note(f"trained with [train] adversarial = {found['adversarial']:g}; above 0 it makes content attacks harder")
