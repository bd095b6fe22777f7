"""``graphrec benchmark``: a run beside its peers."""

from __future__ import annotations

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.output import show, show_json


@click.command()
@click.argument("run", required=False)
@click.option("--peers", default="all", show_default=True, metavar="A,B", help="Which: all, or names.")
@click.option("--metric", default="ndcg@10", show_default=True, help="What peers are tuned and all compared by.")
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, help="Settings tried, a peer.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the search and of the first training.")
@click.option(
    "--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Trainings averaged, of a learned peer."
)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown tables.")
def benchmark(
    run: str | None,
    peers: str,
    metric: str,
    trials: int,
    seed: int,
    seeds: int,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Compare a run with peers that are trained now on the run's own split, each tuned on its validation part.

    RUN is the name of a directory in runs/; the newest finished run where it is left out. A peer that cannot be had
    (too many items for a closed form, no knowledge, a library that is not installed), or whose process dies, has a
    line that says so. What is done is kept in the run's folder: the same command goes on after an interruption.
    """
    from graphrec.benchmark.compare import compare
    from graphrec.benchmark.registry import peer_names
    from graphrec.benchmark.words import as_data, as_rows, check_metric, columns, slice_rows
    from graphrec.markdown import markdown_table
    from graphrec.run import open_run

    names, metric = peer_names(peers), check_metric(metric)
    settings = load_settings()
    entries = compare(open_run(settings, run), settings, names, seed, metric=metric, tries=trials, seeds=seeds)
    data = as_data(entries, metric)
    rows, parts = as_rows(data, metric), slice_rows(data)
    if as_json:
        show_json(data)
        return
    if as_markdown:
        print(markdown_table(rows, columns(metric)))
        print(f"\n{data[0]['verdict']}\n\n{markdown_table(parts, tuple(parts[0]))}")
        return
    show(rows, columns(metric), title="test: mean over users [95 % interval]")
    print()
    show(parts, tuple(parts[0]), title="test: parts of the users and items")
    note(data[0]["verdict"])
