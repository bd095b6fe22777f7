"""``graphrec content``: what an item's text, image and sound are worth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from graphrec.cli.commands.tune import BUDGET
from graphrec.cli.output import show, show_json
from graphrec.common.console import note
from graphrec.config.settings import load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.model.loss import Loss


@click.group()
def content() -> None:
    """Say what content is worth."""


@content.command()
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="Trainings of each condition.")
@click.option(
    "--loss", type=click.Choice(["auto", "mse", "softmax"]), help="The objective; as graphrec.toml says where absent."
)
@click.option("--conditions", default="", metavar="A,B", help="Only these, such as none,all,shuffled.")
@click.option("--label", metavar="TYPE", help="The knowledge by which neighbours are judged, such as HAS_GENRE.")
@click.option("--no-cold", is_flag=True, help="Leave out the items that nobody has tried.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="The folder; one that exists is gone on with."
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def report(
    seeds: int, loss: str | None, conditions: str, label: str | None, no_cold: bool, out: Path | None, as_json: bool
) -> None:
    """Train with no, each, all and shuffled content and every fusion, and compare on the test part."""
    from graphrec.experiments.content_report.report import content_report
    from graphrec.experiments.content_report.tables import tables

    settings = load_settings()
    folder = out or settings.root / "reports" / f"content-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    only = [name.strip() for name in conditions.split(",") if name.strip()]
    try:
        with connect(settings) as db:
            found = content_report(
                db,
                settings,
                folder,
                seeds=seeds,
                loss=cast('Loss | Literal["auto"] | None', loss),
                only=only,
                label=label,
                with_cold=not no_cold,
            )
    except KeyboardInterrupt:
        note(f"interrupted: what is trained is kept; go on with --out {folder}")
        raise
    if as_json:
        show_json(found)
        return
    click.echo(found["verdict"])
    for table in tables(found):
        show(table.rows, table.columns, title=table.title)
        if table.below:
            note(table.below)
    note(f"written to {folder / 'report.html'}, report.md and report.json")


@content.command()
@click.option(
    "--trials", type=click.IntRange(min=1), default=30, show_default=True, help="In all, earlier ones included."
)
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES", help=BUDGET)
@click.option("--seed", type=int, help="Of the trainings and of the search.")
@click.option("--seeds", type=click.IntRange(min=1), default=1, show_default=True, help="Trainings of each trial.")
@click.option("--only", default="", metavar="A,B", help="Try only these fusions, such as weighted,gate.")
@click.option("--dry-run", is_flag=True, help="Leave graphrec.toml as it is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tune(
    trials: int, budget: float | None, seed: int | None, seeds: int, only: str, dry_run: bool, as_json: bool
) -> None:
    """Search fusion and weights of the modalities, by the recommender's validation.

    What graphrec.toml says now is tried first; the best is written into it. Ctrl-C keeps the finished
    trials, and the same command goes on.
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
    say(found, settings, "graphrec embed, which fuses the stored vectors anew", dry_run=dry_run, as_json=as_json)
