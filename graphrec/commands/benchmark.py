"""``graphrec benchmark``: a run beside its peers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from graphrec.config import load_settings
from graphrec.console import note
from graphrec.output import show, show_json


@click.command()
@click.argument("run", required=False)
@click.option("--peers", default="all", show_default=True, metavar="A,B", help="Which: all, none, or names.")
@click.option(
    "--ablations", default="none", show_default=True, metavar="A,B", help="The model without a part: all, or names."
)
@click.option("--metric", default="ndcg@10", show_default=True, help="What peers are tuned and all compared by.")
@click.option("--trials", type=click.IntRange(min=1), default=20, show_default=True, help="Settings tried, a peer.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the search and of the first training.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Trainings averaged, of a learned peer or a variant.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw the metric into this .svg or .png.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown tables.")
def benchmark(
    run: str | None,
    peers: str,
    ablations: str,
    metric: str,
    trials: int,
    seed: int,
    seeds: int,
    plot: Path | None,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Compare a run with peers that are trained now on the run's own split, each tuned on its validation part.

    RUN is the name of a directory in runs/; the newest finished run where it is left out. A peer that cannot be had
    (too many items for a closed form, no knowledge, a library that is not installed), or whose process dies, has a
    line that says so. With --ablations the run's own model is trained anew without its parts, one after the other, and
    these are compared with the whole of it in a table of their own. What is done is kept in the run's folder: the same
    command goes on after an interruption.
    """
    from graphrec.ablation.study import ablate
    from graphrec.ablation.variants import variant_names
    from graphrec.ablation.words import as_data as variants_as_data
    from graphrec.benchmark.compare import compare
    from graphrec.benchmark.plot import check_plot, draw
    from graphrec.benchmark.registry import peer_names
    from graphrec.benchmark.source import Source
    from graphrec.benchmark.words import as_data, check_metric
    from graphrec.run import open_run

    names, variants, metric = peer_names(peers), variant_names(ablations), check_metric(metric)
    if plot is not None:
        check_plot(plot)
    settings = load_settings()
    trained = open_run(settings, run)
    source = Source(trained, settings)
    models = as_data(compare(trained, source, names, seed, metric=metric, tries=trials, seeds=seeds), metric)
    changed: list[dict[str, Any]] = []
    if variants:
        entries = ablate(trained, source, variants, seed, metric=metric, seeds=seeds)
        changed = variants_as_data(entries, trained.split, metric)
    if plot is not None:
        draw(models, changed, metric, plot)
    if as_json:
        show_json([*models, *changed])
    elif as_markdown:
        print(_markdown(models, changed, metric))
    else:
        _show(models, changed, metric)


def _markdown(models: list[dict[str, Any]], variants: list[dict[str, Any]], metric: str) -> str:
    from graphrec.ablation import words
    from graphrec.benchmark.words import as_rows, columns, slice_rows
    from graphrec.markdown import markdown_table

    parts = slice_rows(models)
    texts = [markdown_table(as_rows(models, metric), columns(metric)), models[0]["verdict"]]
    texts.append(markdown_table(parts, tuple(parts[0])))
    if variants:
        texts.append(markdown_table(words.as_rows(variants, metric), words.columns(metric)))
    return "\n\n".join(texts)


def _show(models: list[dict[str, Any]], variants: list[dict[str, Any]], metric: str) -> None:
    from graphrec.ablation import words
    from graphrec.benchmark.words import as_rows, columns, slice_rows

    parts = slice_rows(models)
    show(as_rows(models, metric), columns(metric), title="test: mean over users [95 % interval]")
    print()
    show(parts, tuple(parts[0]), title="test: parts of the users and items")
    if variants:
        print()
        show(words.as_rows(variants, metric), words.columns(metric), title="ablations, on test")
    note(models[0]["verdict"])
