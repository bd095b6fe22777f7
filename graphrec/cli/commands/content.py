"""``graphrec content``: measure what text, images and audio add to recommendations."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from graphrec.cli.commands.tune import BUDGET
from graphrec.cli.output import show, show_json
from graphrec.common.console import echo, note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.model.loss import Loss


@click.group()
def content() -> None:
    """Measure what content adds, and tune its fusion."""


@content.command()
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Trainings per condition.")
@click.option(
    "--loss", type=click.Choice(["auto", "mse", "softmax"]), help="Training objective [default: as in graphrec.toml]."
)
@click.option("--conditions", default="", metavar="A,B", help="Only these conditions, such as none,all,shuffled.")
@click.option("--label", metavar="TYPE", help="Knowledge type that judges the neighbours, such as HAS_GENRE.")
@click.option("--no-cold", is_flag=True, help="Leave out the cold items.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Output folder; an existing one is continued."
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def report(
    seeds: int, loss: str | None, conditions: str, label: str | None, no_cold: bool, out: Path | None, as_json: bool
) -> None:
    """Train with no, each, all and shuffled content and with every fusion, and compare on the test split."""
    from graphrec.experiments.options import CONDITIONS
    from graphrec.experiments.options import only as only_of

    named = only_of(conditions, CONDITIONS, "--conditions", "condition")
    from graphrec.experiments.content_report.report import content_report
    from graphrec.experiments.content_report.tables import tables

    settings = load_settings()
    folder = out or settings.root / "reports" / f"content-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    try:
        with connect(settings) as db:
            found = content_report(
                db,
                settings,
                folder,
                seeds=seeds,
                loss=cast('Loss | Literal["auto"] | None', loss),
                only=named,
                label=label,
                with_cold=not no_cold,
            )
    except KeyboardInterrupt:
        note(f"interrupted: finished trainings are kept; continue with --out {folder}")
        raise
    if as_json:
        show_json(found)
        return
    echo(found["verdict"])
    for table in tables(found):
        show(table.rows, table.columns, title=table.title)
        if table.below:
            note(table.below)
    note(f"written to {folder / 'report.html'}, report.md and report.json")


@content.command()
@click.option(
    "--trials", type=click.IntRange(min=1), default=30, show_default=True, help="Total trials, earlier ones included."
)
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES", help=BUDGET)
@click.option("--seed", type=int, help="Seed of the trainings and of the search.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Trainings per trial.")
@click.option("--only", default="", metavar="A,B", help="Try only these fusions, such as weighted,gate.")
@click.option("--dry-run", is_flag=True, help="Do not change graphrec.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tune(
    trials: int, budget: float | None, seed: int | None, seeds: int, only: str, dry_run: bool, as_json: bool
) -> None:
    """Tune the fusion and the weights of the modalities on the recommender's validation.

    The current settings of graphrec.toml are tried first; the best are written into it. Ctrl-C keeps the finished
    trials, and the same command continues.
    """
    from graphrec.cli.commands.tune import going_on
    from graphrec.cli.commands.tune import report as say
    from graphrec.experiments.tuning.fusions import FusionSpace
    from graphrec.experiments.tuning.tune import require_optuna
    from graphrec.experiments.tuning.tune import tune as stage

    require_optuna()
    settings = load_settings().override("train", seed=seed)
    names = [name.strip() for name in only.split(",") if name.strip()]
    with going_on(), connect(settings) as db:
        found = stage(
            db,
            settings,
            lambda s, data: FusionSpace(s, data, names),
            name="content-tune",
            trials=trials,
            minutes=budget,
            seeds=seeds,
        )
    say(found, settings, "graphrec embed (fuses the stored vectors again)", dry_run=dry_run, as_json=as_json)
