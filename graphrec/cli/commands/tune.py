"""``graphrec tune``: find the settings of model and training that validate best."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from graphrec.cli.commands.train import SPLITS
from graphrec.cli.output import show, show_json
from graphrec.common.console import note, stage
from graphrec.config.settings import Settings, load_settings
from graphrec.db.database import connect

if TYPE_CHECKING:
    from graphrec.experiments.tuning.tune import Found

BUDGET = "Start no trial after this time. The settings of graphrec.toml are always trained, and fully."


@click.command()
@click.option(
    "--trials", type=click.IntRange(min=1), default=30, show_default=True, help="Total trials, earlier ones included."
)
@click.option("--budget", type=click.FloatRange(min=0, min_open=True), metavar="MINUTES", help=BUDGET)
@click.option("--seed", type=int, help="Seed of the trainings and of the search.")
@click.option("--split", type=click.Choice(SPLITS), help="How interactions are held out.")
@click.option("--only", default="", metavar="A,B", help="Search only these settings, such as lr,dropout.")
@click.option("--dry-run", is_flag=True, help="Do not change graphrec.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def tune(
    trials: int, budget: float | None, seed: int | None, split: str | None, only: str, dry_run: bool, as_json: bool
) -> None:
    """Tune the settings of model and training on validation.

    The current settings of graphrec.toml are tried first; the best are written into it. Ctrl-C keeps the finished
    trials, and the same command continues.
    """
    from graphrec.experiments.options import TUNED
    from graphrec.experiments.options import only as only_of

    names = only_of(only, TUNED, "--only", "setting to search")
    with stage("loading PyTorch"):
        from graphrec.experiments.tuning.space import ModelSpace
        from graphrec.experiments.tuning.tune import require_optuna
        from graphrec.experiments.tuning.tune import tune as search

    require_optuna()
    settings = load_settings().override("train", seed=seed).override("split", method=split)
    with going_on(), connect(settings) as db:
        found = search(db, settings, lambda s, data: ModelSpace(s, data, names), trials=trials, minutes=budget)
    # The file may name another split than these settings were chosen under.
    after = "graphrec train" if split is None else f"graphrec train --split {split}"
    report(found, settings, after, dry_run=dry_run, as_json=as_json)


@contextmanager
def going_on() -> Iterator[None]:
    """Note on Ctrl-C that the finished trials are kept."""
    try:
        yield
    except KeyboardInterrupt:
        note("interrupted: the finished trials are kept, and the same command continues")
        raise


def report(found: Found, settings: Settings, after: str, *, dry_run: bool, as_json: bool) -> None:
    """Write the best settings to graphrec.toml, unless ``dry_run``, and print the trials.

    Parameters
    ----------
    after
        Next step to suggest if something was written.
    """
    from graphrec.experiments.tuning.search import plain
    from graphrec.experiments.tuning.tune import COLUMNS, keep

    file = None if dry_run else keep(found, settings)
    if as_json:
        show_json(found.as_json() | {"written": file and str(file)})
    else:
        show(found.table(), COLUMNS, title=f"validation, {found.trials} trials")
    if not found.changes:
        note("no trial beats the current settings: graphrec.toml is left as it is")
        return
    lines = ", ".join(f"{name} = {plain(value)}" for name, value in found.changes.items())
    note(f"to be set in graphrec.toml: {lines}" if file is None else f"{file}: {lines}")
    if file is not None:
        note(f"next: {after}")
