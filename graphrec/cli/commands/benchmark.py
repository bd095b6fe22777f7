"""``graphrec benchmark``: compare a run with tuned baselines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphrec.cli.commands.embed import vector_files
from graphrec.cli.commands.train import SPLITS
from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import Settings, load_settings

if TYPE_CHECKING:
    from graphrec.experiments.benchmark.run_graph import Source
    from graphrec.experiments.benchmark.table import ResultRow
    from graphrec.runs.run import Run


@click.command()
@click.argument("run", required=False)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Train on a published data set (LightGCN, MMRec or RecBole files) instead of using a run; needs no Neo4j.",
)
@click.option("--split", type=click.Choice(SPLITS), help="With --data: make a new split instead of the published one.")
@click.option(
    "--vectors",
    "given",
    metavar="MODALITY=FILE",
    multiple=True,
    help="With --data: vectors (.npy or .parquet) for text, image or audio; may be repeated.",
)
@click.option("--peers", default="all", show_default=True, metavar="A,B", help="Baselines: all, none, or names.")
@click.option(
    "--ablations", default="none", show_default=True, metavar="A,B", help="Components to leave out: all, or names."
)
@click.option(
    "--explanations",
    is_flag=True,
    help="Measure whether the run's reasons are the real ones, instead of comparing it with baselines.",
)
@click.option("--metric", default="ndcg@10", show_default=True, help="Metric for tuning and comparison.")
@click.option(
    "--trials",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Trials per baseline; the first uses its default settings.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of the search and of the first training.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Trainings to average, per learned baseline or ablation; with --data, of graphrec too.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Plot the metric to this .svg or .png.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print Markdown tables.")
def benchmark(
    run: str | None,
    data: Path | None,
    split: str | None,
    given: tuple[str, ...],
    peers: str,
    ablations: str,
    explanations: bool,
    metric: str,
    trials: int,
    seed: int,
    seeds: int,
    plot: Path | None,
    as_json: bool,
    as_markdown: bool,
) -> None:
    """Compare a run with baselines on the run's own split. Each baseline is tuned on validation and trained now.

    RUN is the name of a directory in runs/ (default: the newest finished run). If a baseline cannot be trained (too
    many items for a closed form, no knowledge, a library that is not installed) or its process dies, its line gives
    the reason. With --ablations the run's own model is trained again without each component in turn, and a second
    table compares these variants with the whole model. Results are kept in the run's folder: after an interruption,
    the same command continues.

    With --data nothing has to exist before: graphrec trains with the settings of graphrec.toml, or its defaults, on
    the data set in FOLDER. It compares on the published split, or on the one of --split. The trainings stay in runs/
    like any other.

    With --explanations the behaviours of up to 1,000 users are deleted, the strongest reasons first, to see how far an
    item of their top 10 falls; orders by shares of the score, by the graph's evidence, by popularity and at random are
    compared. A second training of the same settings with another seed, or --seeds 2 with --data, shows whether both
    give the same reasons.
    """
    from graphrec.common.plotting import check_picture
    from graphrec.experiments.options import check_metric, peer_names, variant_names

    if plot is not None:
        check_picture(plot, "--plot")
    names, variants, metric = peer_names(peers), variant_names(ablations), check_metric(metric)
    settings = load_settings()
    _check_source(settings, run, data, split, given)
    if explanations and (peers != "all" or ablations != "none"):
        raise click.UsageError("--explanations trains no baselines: leave out --peers and --ablations")
    if not explanations and (peers != "none" or ablations != "none"):
        from graphrec.experiments.forkserver import prepare

        prepare()  # its imports run in parallel with these
    from graphrec.experiments.ablation.report import as_data as variants_as_data
    from graphrec.experiments.ablation.study import ablate
    from graphrec.experiments.benchmark.compare import compare
    from graphrec.experiments.benchmark.plot import draw
    from graphrec.experiments.benchmark.report import as_data

    ablated: list[ResultRow] = []
    try:
        if data is None:
            (trained, *others), source = _run(settings, run)
        else:
            settings = settings.override("train", seed=seed)
            (trained, *others), source = _trained(settings, data, split, vector_files(given), seeds)
        if explanations:
            _explanations(settings, trained, others, seed, plot, as_json, as_markdown)
            return
        entries = compare(trained, source, names, seed, others=others, metric=metric, tries=trials, seeds=seeds)
        if variants:
            ablated = ablate(trained, source, variants, seed, metric=metric, seeds=seeds)
    except KeyboardInterrupt:
        note("finished trainings are kept; the same command continues from there")
        raise
    models = as_data(entries, metric, trials)
    changed = variants_as_data(ablated, trained.split, metric) if ablated else []
    if plot is not None:
        draw(models, changed, metric, plot)
    if as_json:
        show_json([*models, *changed])
    elif as_markdown:
        echo(_markdown(models, changed, metric))
    else:
        _show(models, changed, metric)


def _check_source(
    settings: Settings, run: str | None, data: Path | None, split: str | None, given: tuple[str, ...]
) -> None:
    """Refuse a run, a folder or options that cannot be used, before anything large is imported."""
    if data is None and (split or given):
        raise click.UsageError("--split and --vectors need --data; a run keeps its own split and vectors")
    if data is not None and run is not None:
        raise click.UsageError(f"--data trains its own runs: leave out {run!r} or --data")
    if data is None:
        from graphrec.runs.store import open_run

        open_run(settings, run)


def _run(settings: Settings, name: str | None) -> tuple[list[Run], Source]:
    """Return the requested run and its graph in Neo4j."""
    from graphrec.experiments.benchmark.run_graph import Source
    from graphrec.runs.store import open_run

    run = open_run(settings, name)
    return [run], Source(run, settings)


def _trained(
    settings: Settings, folder: Path, split: str | None, vectors: dict[str, Path], seeds: int
) -> tuple[list[Run], Source]:
    """Return one run per seed, trained on the data set in a folder, and its graph."""
    from graphrec.datasets.folder import DataSet
    from graphrec.experiments.benchmark.run_graph import Source
    from graphrec.experiments.benchmark.trainings import trainings

    found = DataSet.at(folder, vectors)
    asked = found.split(settings.split, split)
    settings = settings.override("split", method=asked.method, property=asked.property)
    graph = found.graph(settings.split)
    note(f"{folder}: {len(graph.users):,} users, {len(graph.items):,} items; split: {settings.split.method}")
    runs = trainings(found, graph, settings, seeds)
    return runs, Source(runs[0], settings, graph)


def _explanations(
    settings: Settings, run: Run, others: list[Run], seed: int, plot: Path | None, as_json: bool, as_markdown: bool
) -> None:
    """Measure the reasons of a run, compared with another training if there is one, and print what was measured."""
    from graphrec.common.markdown import markdown_table
    from graphrec.experiments.explanations.measure import measure
    from graphrec.experiments.explanations.plot import draw
    from graphrec.experiments.explanations.report import COLUMNS, CURVES, as_data, as_rows, curve_rows
    from graphrec.experiments.explanations.stability import other_training

    other = others[0] if others else other_training(settings, run)
    note("no other training differs in its seed alone" if other is None else f"other training: {other.run_id}")
    data = as_data(measure(run, other, seed=seed))
    if plot is not None:
        draw(data, plot)
    tables = ((as_rows(data), COLUMNS, f"{data['users']} users, {data['items']}"), (curve_rows(data), CURVES, "curves"))
    if as_json:
        show_json(data)
    elif as_markdown:
        echo("\n\n".join([*(markdown_table(rows, names) for rows, names, _ in tables), *data["verdict"]]))
    else:
        for rows, names, title in tables:
            show(rows, names, title=title)
            echo()
        for sentence in data["verdict"]:
            note(sentence)


def _markdown(models: list[dict[str, Any]], variants: list[dict[str, Any]], metric: str) -> str:
    from graphrec.common.markdown import markdown_table
    from graphrec.experiments.ablation import report as words
    from graphrec.experiments.benchmark.report import as_rows, columns, slice_rows

    parts = slice_rows(models)
    texts = [markdown_table(as_rows(models, metric), columns(metric)), models[0]["verdict"]]
    texts.append(markdown_table(parts, tuple(parts[0])))
    if variants:
        texts.append(markdown_table(words.as_rows(variants, metric), words.columns(metric)))
    return "\n\n".join(texts)


def _show(models: list[dict[str, Any]], variants: list[dict[str, Any]], metric: str) -> None:
    from graphrec.experiments.ablation import report as words
    from graphrec.experiments.benchmark.report import as_rows, columns, slice_rows

    parts = slice_rows(models)
    show(as_rows(models, metric), columns(metric), title="test: mean over users [95 % interval]")
    echo()
    show(parts, tuple(parts[0]), title="test: slices of users and items")
    if variants:
        echo()
        show(words.as_rows(variants, metric), words.columns(metric), title="ablations, on test")
    note(models[0]["verdict"])
